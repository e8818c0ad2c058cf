//! docs/metrics.md lists every metric that the code records, and none that it does not.

use std::collections::BTreeMap;

use super::Finding;
use super::source::Source;
use super::tree::{Tree, numbered};

const PAGE: &str = "docs/metrics.md";
const MACROS: &[&str] = &["metrics::counter!(", "metrics::gauge!(", "metrics::histogram!("];
/// Recorded by a library: what the process itself uses.
const FOREIGN: &str = "process_";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let (listed, recorded) = (listed(page), recorded(tree));
    let missing = recorded.iter().filter(|(name, _)| !listed.contains_key(*name));
    let missing = missing.map(|(name, (path, line))| {
        Finding::new(path, *line, "metrics", format!("add `{name}` to {PAGE}"))
    });
    let unknown = listed.iter().filter(|(name, _)| !recorded.contains_key(*name));
    let unknown = unknown.filter(|(name, _)| !name.starts_with(FOREIGN)).map(|(name, line)| {
        Finding::new(PAGE, *line, "metrics", format!("no code records `{name}`"))
    });
    missing.chain(unknown).collect()
}

/// The names in the first column of the page's tables, with their lines.
fn listed(page: &str) -> BTreeMap<String, usize> {
    let name = |row: &str| Some(row.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    numbered(page).filter_map(|(line, row)| Some((name(row)?, line))).collect()
}

/// The names that the code records, each with the first place.
fn recorded(tree: &Tree) -> BTreeMap<String, (String, usize)> {
    let mut found = BTreeMap::new();
    let of_services = |path: &str| path.starts_with("libs/") || path.starts_with("services/");
    for (path, text) in tree.rust().filter(|(path, _)| of_services(path)) {
        let source = Source::read(path, text);
        for (name, line) in MACROS.iter().flat_map(|it| names(&source.spoken, it)) {
            if !source.is_test(line) {
                found.entry(name).or_insert_with(|| (path.to_owned(), line));
            }
        }
    }
    found
}

/// The first argument of every call of a macro, with its line.
fn names<'a>(text: &'a str, call: &'a str) -> impl Iterator<Item = (String, usize)> + 'a {
    text.match_indices(call).filter_map(move |(at, _)| {
        let argument = text.get(at + call.len()..)?.trim_start().strip_prefix('"')?;
        let line = text.get(..at)?.matches('\n').count() + 1;
        Some((argument.split_once('"')?.0.to_owned(), line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, code: &str) -> Vec<String> {
        let tree = Tree::of(&[(PAGE, page), ("libs/kit/src/a.rs", code)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_that_equals_the_code_passes() {
        let page =
            "| `a_total` | how many |\n| `b_seconds` | how long |\n| `process_threads` | |\n";
        let code = "metrics::counter!(\"a_total\").increment(1);\nmetrics::histogram!(\n  \"b_seconds\",\n);";
        assert_eq!(found(page, code), [""; 0]);
    }

    #[test]
    fn missing_and_unknown_metrics_are_found() {
        let says = found("| `b` | |\n", "// metrics::gauge!(\"c\")\n\nmetrics::gauge!(\"a\")");
        assert_eq!(says.len(), 2, "{says:?}");
        assert!(says[0].contains("a.rs:3: metrics: add `a`") || says[1].contains("a.rs:3"));
        assert!(says.iter().any(|it| it.contains("no code records `b`")), "{says:?}");
    }
}
