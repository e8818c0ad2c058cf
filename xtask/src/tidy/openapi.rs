//! Every public route of a service is in its openapi.yaml, and back; the document says which POSTs take an idempotency key.

use std::collections::BTreeMap;

use super::Finding;
use super::routes::{self, Route};
use super::tree::{Tree, numbered};

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];
/// How an operation names the header.
const KEY: &str = "#/components/parameters/IdempotencyKey";

/// An operation of a document.
struct Operation {
    line: usize,
    takes_key: bool,
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.services().iter().flat_map(|service| service_check(tree, service)).collect()
}

fn service_check(tree: &Tree, service: &str) -> Vec<Finding> {
    let code_path = format!("services/{service}/src/routes.rs");
    let document_path = format!("services/{service}/openapi.yaml");
    let code = tree.text(&code_path).map(routes::read).unwrap_or_default();
    let public = code.into_iter().filter(|route| route.path.starts_with("/v1/"));
    let in_code: BTreeMap<String, Route> =
        public.map(|route| (format!("{} {}", route.method, route.path), route)).collect();
    let in_document = tree.text(&document_path).map(operations).unwrap_or_default();
    let unknown = in_document.iter().filter(|(name, _)| !in_code.contains_key(*name));
    let unknown = unknown.map(|(name, operation)| {
        let says = format!("`{name}` is not in {code_path}: remove it, or add the route");
        Finding::new(&document_path, operation.line, "openapi", says)
    });
    let known = in_code.iter().filter_map(|(name, route)| match in_document.get(name) {
        None => {
            let says = format!("describe `{name}` in {document_path}");
            Some(Finding::new(&code_path, route.line, "openapi", says))
        }
        Some(operation) if operation.takes_key != route.keyed => {
            let verb = if route.keyed { "takes" } else { "does not take" };
            let says = format!("`{name}` {verb} an idempotency key: the parameter is `{KEY}`");
            Some(Finding::new(&document_path, operation.line, "openapi", says))
        }
        Some(_) => None,
    });
    known.chain(unknown).collect()
}

/// Operations of a document, read by indentation: paths one level below `paths:`, methods one below that.
fn operations(text: &str) -> BTreeMap<String, Operation> {
    let (mut found, mut current) = (BTreeMap::new(), String::new());
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
            current = format!("{} {path}", key.to_uppercase());
            found.insert(current.clone(), Operation { line: number, takes_key: false });
        } else if inside
            && content.contains(KEY)
            && let Some(operation) = found.get_mut(&current)
        {
            operation.takes_key = true;
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
    fn a_post_and_its_description_agree_on_the_idempotency_key() {
        let document = format!(
            "openapi: 3.1.0\npaths:\n  /v1/a:\n    post:\n      parameters:\n        - $ref: '{KEY}'\n"
        );
        let keyless = document.replace(KEY, "#/components/parameters/Limit");
        let post = "fn r() {\n r.post(\"/v1/a\", Read, f);\n}\n";
        let query = post.replace("post", "query");
        assert!(found(post, &document).is_empty() && found(&query, &keyless).is_empty());
        assert_eq!(found(post, &keyless).first().unwrap().line, 4);
        assert_eq!(found(&query, &document).len(), 1);
    }

    #[test]
    fn equal_ones_pass_and_so_does_a_service_without_routes() {
        assert!(found(CODE, DOCUMENT).is_empty());
        assert!(check(&Tree::of(&[("services/campaigns/Cargo.toml", "")])).is_empty());
    }
}
