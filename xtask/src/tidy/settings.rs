//! docs/settings.md lists every setting that the code reads, and nothing else. A service's settings stand under its heading.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::source::Source;
use super::tree::{Tree, numbered};

const PAGE: &str = "docs/settings.md";
/// Where settings are read.
const FOLDERS: &[&str] =
    &["libs/kit/src", "libs/testkit/src", "services", "xtask/src/up", "xtask/src/stack"];
/// More files that read some.
const FILES: &[&str] =
    &["xtask/src/paths.rs", "xtask/src/test.rs", "xtask/src/bench/mod.rs", "xtask/src/fixtures.rs"];
/// Settings without the common prefix.
const BARE: &[&str] = &["DATABASE_URL", "KAFKA_BROKERS", "REDIS_URL"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let (listed, read) = (listed(page), read(tree));
    let missing = read.iter().filter(|(name, _)| !is_listed(&listed, name, tree));
    let mut findings: Vec<Finding> = missing
        .map(|(name, (path, line))| finding(path, *line, format!("add `{name}` to {PAGE}")))
        .collect();
    for (name, (line, heading)) in &listed {
        if !read.contains_key(name) {
            findings.push(finding(PAGE, *line, format!("no code reads `{name}`")));
        }
        let own = tree.services().into_iter().find(|service| is_of(name, service));
        if let Some(service) = own.filter(|service| *service != heading) {
            findings.push(finding(PAGE, *line, format!("`{name}` belongs under `{service}`")));
        }
    }
    findings
}

/// Whether the page has a name, as it is or as a setting of every service.
fn is_listed(listed: &BTreeMap<String, (usize, String)>, name: &str, tree: &Tree) -> bool {
    let shared = tree.services().into_iter().find_map(|service| {
        let rest = name.strip_prefix(&format!("FOLKMOOT_{}_", service.to_uppercase()))?;
        Some(format!("FOLKMOOT_<SERVICE>_{rest}"))
    });
    listed.contains_key(name) || shared.is_some_and(|shared| listed.contains_key(&shared))
}

fn finding(path: &str, line: usize, says: String) -> Finding {
    Finding::new(path, line, "settings", says)
}

/// Whether a name begins with a service's own prefix.
fn is_of(name: &str, service: &str) -> bool {
    name.starts_with(&format!("FOLKMOOT_{}_", service.to_uppercase()))
}

/// Names in the first cells of the page's tables, with their line and heading.
fn listed(page: &str) -> BTreeMap<String, (usize, String)> {
    let (mut heading, mut found) = (String::new(), BTreeMap::new());
    for (line, text) in numbered(page) {
        if let Some(title) = text.strip_prefix("## ") {
            heading = title.to_lowercase();
        }
        let cell = text.strip_prefix("| `").and_then(|rest| rest.split('`').next());
        found.extend(cell.map(|name| (name.to_owned(), (line, heading.clone()))));
    }
    found
}

/// Names in the literals of code that is not a test, each with one place.
fn read(tree: &Tree) -> BTreeMap<String, (&str, usize)> {
    let files = tree.rust().filter(|(path, _)| {
        let in_folder = FOLDERS.iter().any(|folder| path.starts_with(&format!("{folder}/")));
        FILES.contains(path) || (in_folder && path.contains("/src/"))
    });
    let mut found = BTreeMap::new();
    for (path, text) in files {
        let source = Source::read(path, text);
        for (line, literal) in &source.literals {
            if !source.is_test(*line) {
                found.extend(names(literal).into_iter().map(|name| (name, (path, *line))));
            }
        }
    }
    found
}

/// Names of settings in a literal; a placeholder for a service's name becomes `<SERVICE>`.
fn names(literal: &str) -> BTreeSet<String> {
    let bare = BARE.iter().filter(|name| **name == literal).map(|name| (*name).to_owned());
    let own = literal.match_indices("FOLKMOOT_").filter_map(|(at, _)| {
        let name = name(literal.get(at..)?);
        (!name.ends_with('_') && name.len() > "FOLKMOOT_".len()).then_some(name)
    });
    bare.chain(own).collect()
}

fn name(text: &str) -> String {
    let (mut name, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let after = rest.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        if let Some((_, after)) = after {
            name.push_str("<SERVICE>");
            rest = after;
            continue;
        }
        if !first.is_ascii_uppercase() && !first.is_ascii_digit() && first != '_' {
            break;
        }
        name.push(first);
        rest = rest.get(1..).unwrap_or_default();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, code: &str) -> Vec<String> {
        let tree = Tree::of(&[
            (PAGE, page),
            ("services/webhooks/Cargo.toml", ""),
            ("services/webhooks/src/config.rs", code),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_that_equals_the_code_passes() {
        let page = "## Webhooks\n| `FOLKMOOT_WEBHOOKS_PORTS` | none | ports |\n## Every service\n| `FOLKMOOT_<SERVICE>_URL` | | |\n";
        let code = "f(\"FOLKMOOT_WEBHOOKS_PORTS\"); g(format!(\"FOLKMOOT_{upper}_URL\"));";
        assert_eq!(found(page, code), [""; 0]);
    }

    #[test]
    fn missing_unknown_and_misplaced_settings_are_found() {
        assert!(found("", "f(\"FOLKMOOT_LOG\")")[0].contains("add `FOLKMOOT_LOG`"));
        assert!(found("| `FOLKMOOT_LOG` | |\n", "")[0].contains("no code reads"));
        let says = found("## Kafka\n| `FOLKMOOT_WEBHOOKS_X` | |\n", "f(\"FOLKMOOT_WEBHOOKS_X\")");
        assert!(says[0].contains("belongs under `webhooks`"), "{says:?}");
    }
}
