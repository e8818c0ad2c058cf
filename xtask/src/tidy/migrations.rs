//! Every service with a schema has the tests of its schema: the checks are testkit's, a forgotten call is found here.

use super::Finding;
use super::tree::Tree;

/// What `tests/it/migrations.rs` must call, and why.
const CHECKS: &[(&str, &str)] = &[
    ("migrations::assert_reversible::<", "every migration goes down and up again"),
    (
        "schema::assert_matches::<",
        "`table!` blocks describe the tables as the migrations make them",
    ),
    ("tenants::assert_isolated::<", "every table with a tenant forces row-level security"),
];
/// The same where the service has lists.
const LIST_CHECK: (&str, &str) =
    ("pages::assert_indexed::<", "every list has an index in its order");

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.services().into_iter().flat_map(|service| of_service(tree, service)).collect()
}

fn of_service(tree: &Tree, service: &str) -> Vec<Finding> {
    let folder = format!("services/{service}");
    if !tree.has(&format!("{folder}/migrations")) {
        return Vec::new();
    }
    let test = format!("{folder}/tests/it/migrations.rs");
    let calls = tree.text(&test).unwrap_or_default();
    let sources = format!("{folder}/src");
    let has_lists = tree.under(&sources).any(|(_, text)| text.contains("Page::new("));
    let list_check = has_lists.then_some(&LIST_CHECK);
    let missing = CHECKS.iter().chain(list_check).filter(|(call, _)| !calls.contains(call));
    let finding = |(call, why): &(&str, &str)| {
        Finding::new(&test, 1, "migrations", format!("call testkit's `{call}…>`: {why}"))
    };
    missing.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).iter().map(ToString::to_string).collect()
    }

    const MANIFEST: (&str, &str) = ("services/x/Cargo.toml", "");
    const SCHEMA: (&str, &str) = ("services/x/migrations/1_init/up.sql", "");
    const TEST: &str = "services/x/tests/it/migrations.rs";
    const CALLS: &str = "migrations::assert_reversible::<X>(); schema::assert_matches::<X>(); tenants::assert_isolated::<X>();";

    #[test]
    fn a_schema_without_its_tests_is_found() {
        let list = ("services/x/src/http.rs", "Page::new(rows)");
        assert_eq!(found(&[MANIFEST, SCHEMA]).len(), CHECKS.len());
        assert_eq!(found(&[MANIFEST, SCHEMA, list]).len(), CHECKS.len() + 1);
        assert_eq!(found(&[MANIFEST, SCHEMA, (TEST, CALLS), list]).len(), 1);
    }

    #[test]
    fn a_tested_schema_and_a_service_without_one_pass() {
        assert!(found(&[MANIFEST, SCHEMA, (TEST, CALLS)]).is_empty());
        assert!(found(&[MANIFEST]).is_empty());
    }
}
