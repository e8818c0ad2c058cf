//! Reads the `table!` blocks and the queries of lists from a crate's sources, line by line, as rustfmt formats them.

use std::{collections::BTreeMap, fs, path::Path};

/// A table as diesel describes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) primary_key: Vec<String>,
    /// Diesel's type of each column, e.g. `Nullable<Text>`.
    pub(crate) columns: BTreeMap<String, String>,
}

/// A `table!` block.
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) table: Table,
}

/// The query of a list: the table and column that order it, and the columns that it fixes to one value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) table: String,
    pub(crate) order: String,
    pub(crate) fixed: Vec<String>,
}

/// Path and text of each Rust file in a folder and its subfolders, in order.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().collect();
    entries.sort_by_key(fs::DirEntry::path);
    for path in entries.iter().map(fs::DirEntry::path) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("a file")));
        }
    }
    found
}

/// The `table!` blocks of a file.
pub(crate) fn tables(text: &str) -> Vec<Described> {
    let mut lines = text.lines().map(str::trim);
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line.ends_with("table! {") {
            found.extend(table(&mut lines));
        }
    }
    found
}

fn table<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Option<Described> {
    let head = lines.find(|line| line.ends_with('{'))?;
    let (name, key) = head.split_once('(')?;
    let primary_key =
        key.split(')').next()?.split(',').map(|name| name.trim().to_owned()).collect();
    let (mut columns, mut sql_name) = (BTreeMap::new(), None);
    for line in lines.take_while(|line| *line != "}") {
        if let Some(renamed) = line.strip_prefix("#[sql_name = \"") {
            sql_name = renamed.split('"').next();
        } else if let Some((column, kind)) = line.split_once(" -> ") {
            let column = sql_name.take().unwrap_or(column);
            columns.insert(column.to_owned(), kind.trim_end_matches(',').to_owned());
        }
    }
    Some(Described { name: name.trim().to_owned(), table: Table { primary_key, columns } })
}

/// The lists of a file: its functions called `page` or `…_page`.
pub(crate) fn lists(text: &str) -> Vec<List> {
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        if line.contains("fn page(") || (line.contains("fn ") && line.contains("_page(")) {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").collect();
            found.push(list(&body));
        }
    }
    found
}

fn list(body: &[&str]) -> List {
    let order = body.iter().find_map(|line| line.split_once(".order(")).map(|(_, order)| order);
    let (table, order) =
        order.and_then(column).expect("a page is ordered by one column of a table");
    // A filter that is added to a boxed query is optional.
    let always = body.iter().filter(|line| !line.contains("query = query.filter("));
    let filters = always.flat_map(|line| line.split(".filter(").skip(1));
    let fixed = filters.filter(|filter| filter.contains(".eq(")).filter_map(column);
    List { table, order, fixed: fixed.map(|(_, column)| column).collect() }
}

/// The `table::column` that an expression starts with.
fn column(expression: &str) -> Option<(String, String)> {
    let end = expression.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    let (table, column) = expression.get(..end?)?.split_once("::")?;
    Some((table.to_owned(), column.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_with_the_sql_names_of_their_columns() {
        let text = "diesel::table! {\n    /// Events.\n    outbox (seq, id) {\n        seq -> BigInt,\n        \
                    #[sql_name = \"type\"]\n        kind -> Nullable<Text>,\n    }\n}\n";
        let Described { name, table } = tables(text).pop().unwrap();
        assert_eq!((name.as_str(), table.primary_key), ("outbox", vec!["seq".into(), "id".into()]));
        let columns = [("seq".into(), "BigInt".into()), ("type".into(), "Nullable<Text>".into())];
        assert_eq!(table.columns, BTreeMap::from(columns));
    }

    #[test]
    fn a_list_fixes_the_columns_that_it_always_filters_by() {
        let text = "async fn page(\n    conn: &mut Conn,\n) {\n    let mut query = a::table\n        \
                    .filter(a::campaign_id.eq(id))\n        .filter(a::id.gt(after))\n        .into_boxed();\n    \
                    if let Some(state) = state {\n        query = query.filter(a::state.eq(state));\n    }\n    \
                    query.order(a::id.desc()).limit(9)\n}\n";
        let fixed = vec!["campaign_id".to_owned()];
        assert_eq!(lists(text), [List { table: "a".into(), order: "id".into(), fixed }]);
    }
}
