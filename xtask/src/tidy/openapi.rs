//! Every public route of a service is in its openapi.yaml, and back.

use std::collections::BTreeMap;

use super::Finding;
use super::routes;
use super::tree::{Tree, numbered};

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.services().iter().flat_map(|service| service_check(tree, service)).collect()
}

fn service_check(tree: &Tree, service: &str) -> Vec<Finding> {
    let code_path = format!("services/{service}/src/routes.rs");
    let document_path = format!("services/{service}/openapi.yaml");
    let code = tree.text(&code_path).map(routes::read).unwrap_or_default();
    let public = code.into_iter().filter(|route| route.path.starts_with("/v1/"));
    let in_code: BTreeMap<String, usize> =
        public.map(|route| (format!("{} {}", route.method, route.path), route.line)).collect();
    let in_document = tree.text(&document_path).map(operations).unwrap_or_default();
    let missing = in_code.iter().filter(|(route, _)| !in_document.contains_key(*route));
    let unknown = in_document.iter().filter(|(route, _)| !in_code.contains_key(*route));
    let missing = missing.map(|(route, line)| {
        Finding::new(&code_path, *line, "openapi", format!("describe `{route}` in {document_path}"))
    });
    let unknown = unknown.map(|(route, line)| {
        let says = format!("`{route}` is not in {code_path}: remove it, or add the route");
        Finding::new(&document_path, *line, "openapi", says)
    });
    missing.chain(unknown).collect()
}

/// Operations of a document, read by indentation: paths one level below `paths:`, methods one below that.
fn operations(text: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let (mut inside, mut path, mut path_indent) = (false, String::new(), 0);
    for (number, line) in numbered(text) {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let key = content.split_once(": ").map_or(content, |(key, _)| key);
        let key = key.trim_end_matches(':').trim_matches(['"', '\'']);
        if indent == 0 {
            inside = key == "paths";
        } else if inside && key.starts_with('/') && (path.is_empty() || indent <= path_indent) {
            (path, path_indent) = (routes::plain(key), indent);
        } else if inside && METHODS.contains(&key) && is_next_level(indent, path_indent) {
            found.insert(format!("{} {path}", key.to_uppercase()), number);
        }
    }
    found
}

/// Two or four spaces deeper, as people indent YAML.
fn is_next_level(indent: usize, above: usize) -> bool {
    indent == above + 2 || indent == above + 4 && above == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str =
        "fn r() {\n r.get(\"/v1/a/{id}\", Read, f);\n r.get(\"/internal/b\", Read, f);\n}\n";
    const DOCUMENT: &str = "openapi: 3.1.0\npaths:\n  /v1/a/{id}:\n    get:\n      operationId: a\ncomponents:\n  schemas:\n    get:\n";

    fn found(code: &str, document: &str) -> Vec<Finding> {
        check(&Tree::of(&[
            ("services/campaigns/Cargo.toml", ""),
            ("services/campaigns/src/routes.rs", code),
            ("services/campaigns/openapi.yaml", document),
        ]))
    }

    #[test]
    fn a_route_without_description_is_found() {
        let missing = found(CODE, "openapi: 3.1.0\n");
        assert_eq!(missing.first().unwrap().line, 2);
        assert_eq!(missing.len(), 1);
    }

    #[test]
    fn a_description_without_route_is_found() {
        let document = DOCUMENT.replace("    get:\n      ", "    get:\n    delete:\n      ");
        let unknown = found(CODE, &document);
        assert_eq!(unknown.first().unwrap().line, 5);
    }

    #[test]
    fn equal_ones_pass_and_so_does_a_service_without_routes() {
        assert!(found(CODE, DOCUMENT).is_empty());
        assert!(check(&Tree::of(&[("services/campaigns/Cargo.toml", "")])).is_empty());
    }
}
