//! Checks the indexes of lists: a page is read in the order of an index that starts with the tenant, so that only the
//! rows of the page are read.

use std::path::Path;

use diesel::{
    dsl,
    sql_types::{Array, Text},
};
use diesel_async::RunQueryDsl as _;
use kit::service::Service;

use crate::{
    db::TestDb,
    source::{self, List},
};

/// Panics unless each list of a service has an index on `tenant_id`, the columns that the list always filters by, and the
/// column that orders it. `crate_dir` is `env!("CARGO_MANIFEST_DIR")`.
pub async fn assert_indexed<S: Service>(crate_dir: &str) {
    let db = TestDb::new(S::NAME, S::migrations().expect("a service with a schema")).await;
    let indexes = dsl::sql::<(Text, Array<Text>)>(
        "SELECT relname::text, ARRAY(
           SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY AS key (number, place)
           JOIN pg_attribute ON attrelid = indrelid AND attnum = key.number
           WHERE key.place <= indnkeyatts ORDER BY key.place)
         FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
         WHERE relnamespace = current_schema()::regnamespace AND indpred IS NULL AND indexprs IS NULL AND indisvalid",
    );
    let indexes: Vec<(String, Vec<String>)> =
        indexes.load(&mut db.connect().await).await.expect("indexes");
    let lists = lists(crate_dir);
    let without_index = lists
        .iter()
        .filter(|list| !indexes.iter().any(|(table, columns)| serves(list, table, columns)));
    let errors: Vec<String> =
        without_index.map(|list| format!("no index serves {list:?}")).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

fn lists(crate_dir: &str) -> Vec<List> {
    let files = source::files(&Path::new(crate_dir).join("src"));
    let unchecked: Vec<_> = files
        .iter()
        .filter(|(_, text)| text.contains("Page::new(") && !text.contains("store::page("))
        .map(|(path, _)| path)
        .collect();
    assert!(
        unchecked.is_empty(),
        "name the query of a list `store::page`, so that its index is checked: {unchecked:?}"
    );
    let lists: Vec<List> = files.iter().flat_map(|(_, text)| source::lists(text)).collect();
    assert!(!lists.is_empty(), "there is no list in {crate_dir}/src");
    lists
}

/// Whether an index starts with the tenant and has the list's order after columns that the list fixes.
fn serves(list: &List, table: &str, columns: &[String]) -> bool {
    let is_fixed = |column: &String| column == "tenant_id" || list.fixed.contains(column);
    let order = columns.iter().find(|column| !is_fixed(column));
    table == list.table
        && columns.first().is_some_and(|first| first == "tenant_id")
        && order == Some(&list.order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_serves_a_list_when_nothing_unfixed_comes_before_the_order() {
        let list = |fixed: &[&str]| List {
            table: "actions".to_owned(),
            order: "id".to_owned(),
            fixed: fixed.iter().map(ToString::to_string).collect(),
        };
        let serves = |list: &List, columns: &[&str]| {
            let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            serves(list, "actions", &columns)
        };
        assert!(serves(&list(&[]), &["tenant_id", "id"]));
        assert!(serves(&list(&["campaign_id"]), &["tenant_id", "campaign_id", "id"]));
        assert!(!serves(&list(&[]), &["tenant_id", "campaign_id", "id"]));
        assert!(!serves(&list(&[]), &["id"]), "rows of every tenant would be read");
        assert!(!serves(&list(&[]), &["tenant_id"]));
    }
}
