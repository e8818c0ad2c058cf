//! Every promise that the code names is listed in docs/promises.md, and every listed promise is named by its linked tests.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::tree::{Tree, numbered};

const PAGE: &str = "docs/promises.md";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let rows = tree.text(PAGE).map(rows).unwrap_or_default();
    let mut findings = Vec::new();
    for (path, text) in tree.rust() {
        for (line, id) in numbered(text).flat_map(|(n, text)| ids(text).map(move |id| (n, id))) {
            let listed = rows.get(id).map(|(_, tests)| tests);
            if let Some(says) = problem(path, id, listed) {
                findings.push(Finding::new(path, line, "promises", says));
            }
        }
    }
    for (id, (line, tests)) in &rows {
        let proves = |path: &String| tree.text(path).is_some_and(|t| ids(t).any(|it| it == *id));
        let says = match tests.iter().find(|path| !proves(path)) {
            Some(path) => format!("`{path}` has no test that names promise {id}"),
            None if tests.is_empty() => format!("link the test that proves promise {id}"),
            None => continue,
        };
        findings.push(Finding::new(PAGE, *line, "promises", says));
    }
    findings
}

/// What is wrong with a promise named in a file, if anything.
fn problem(path: &str, id: &str, listed: Option<&BTreeSet<String>>) -> Option<String> {
    let Some(tests) = listed else {
        return Some(format!("promise {id} is not listed in {PAGE}"));
    };
    let unlinked = path.contains("/tests/") && !tests.contains(path);
    unlinked.then(|| format!("link this test from the row of promise {id} in {PAGE}"))
}

/// The rows of the page by promise: the line, and the linked files relative to the root.
fn rows(page: &str) -> BTreeMap<&str, (usize, BTreeSet<String>)> {
    let mut rows = BTreeMap::new();
    for (line, text) in numbered(page).filter(|(_, text)| text.starts_with("| 0")) {
        let links = text.split("](../").skip(1).filter_map(|rest| rest.split(')').next());
        let links: BTreeSet<String> = links.map(str::to_owned).collect();
        rows.extend(ids(text).next().map(|id| (id, (line, links))));
    }
    rows
}

/// Numbers of promises in a text: the document 000 to 004, a hyphen, two digits.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.split(move |c| !is_part(c)).filter(|word| {
        let parts = word.split_once('-');
        parts.is_some_and(|(document, number)| {
            matches!(document, "000" | "001" | "002" | "003" | "004")
                && number.len() == 2
                && number.bytes().all(|b| b.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "services/a/tests/it/b.rs";

    fn found(page: &str, test: &str) -> Vec<String> {
        let tree = Tree::of(&[(PAGE, page), (TEST, test)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_listed_promise_with_its_test_passes() {
        let page = format!("| 000-28 | twelve months | [b](../{TEST}) |\n");
        assert_eq!(found(&page, "/// Promise 000-28\n"), [""; 0]);
    }

    #[test]
    fn unlisted_unlinked_and_unproved_promises_are_found() {
        assert!(found("", "/// Promise 000-28\n")[0].contains("not listed"));
        let unlinked = "| 000-28 | twelve months | |\n";
        let says = found(unlinked, "/// Promise 000-28\n");
        assert!(says.iter().any(|it| it.contains("link this test")), "{says:?}");
        assert!(says.iter().any(|it| it.contains("link the test that proves")), "{says:?}");
        let unproved = format!("| 000-28 | twelve months | [b](../{TEST}) |\n");
        assert!(found(&unproved, "// 2000-28 00-00\n")[0].contains("has no test"));
    }
}
