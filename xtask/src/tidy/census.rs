//! Every column is classified, and what is personal is sealed: the plaintext never reaches a disk.
//!
//! `services/<name>/census.toml` (and `libs/kit/census.toml`, for the tables that the kit adds to every schema) has a section per table and a line per column, whose value is `"technical"`,
//! `"public"`, or `"personal:<retention class>"` or `"special:<retention class>"`.

use std::collections::BTreeMap;

use super::Finding;
use super::sql::{self, Column};
use super::tree::{Tree, numbered};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let services = tree.services().into_iter().map(|service| format!("services/{service}"));
    let owners = services.chain(["libs/kit".to_owned()]);
    owners.flat_map(|owner| owner_check(tree, &owner)).collect()
}

fn owner_check(tree: &Tree, owner: &str) -> Vec<Finding> {
    let path = format!("{owner}/census.toml");
    let entries = tree.text(&path).map(read).unwrap_or_default();
    let mut columns: BTreeMap<String, Column> = BTreeMap::new();
    for (table, of_table) in sql::tables(tree, owner) {
        columns
            .extend(of_table.into_iter().map(|(name, column)| (format!("{table}.{name}"), column)));
    }
    let mut findings = Vec::new();
    for (name, column) in &columns {
        if !entries.contains_key(name) {
            let says =
                format!("classify `{name}` in {path}: personal, special, technical or public");
            findings.push(Finding::new(&column.path, column.line, "census", says));
        }
    }
    for (name, (line, value)) in &entries {
        let problem = match columns.get(name) {
            None => Some(format!("no migration has `{name}`: remove the line")),
            Some(column) => misclassified(name, value, column),
        };
        findings.extend(problem.map(|says| Finding::new(&path, *line, "census", says)));
    }
    findings
}

fn misclassified(name: &str, value: &str, column: &Column) -> Option<String> {
    let (class, retention) = value.split_once(':').unwrap_or((value, ""));
    match (class.trim(), retention.trim()) {
        ("personal" | "special", "") => {
            Some(format!("give `{name}` its retention class, as in `\"{class}:action\"`"))
        }
        ("personal" | "special", _) if !column.kind.starts_with("BYTEA") => Some(format!(
            "`{name}` is {class} but {}: store it sealed, as BYTEA",
            column.kind.to_lowercase()
        )),
        ("personal" | "special", _) | ("technical" | "public", "") => None,
        _ => Some(format!(
            "`{value}` is no class: write technical, public, personal:<retention> or special:<retention>"
        )),
    }
}

/// Entries as `table.column` → line and value; both `[table]` sections and dotted keys are understood.
fn read(text: &str) -> BTreeMap<String, (usize, String)> {
    let (mut entries, mut table) = (BTreeMap::new(), String::new());
    for (number, line) in numbered(text) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            name.clone_into(&mut table);
        } else if let Some((key, value)) = line.split_once('=') {
            let key = key.trim().trim_matches('"');
            let name = if key.contains('.') { key.to_owned() } else { format!("{table}.{key}") };
            let value = value.split('"').nth(1).unwrap_or_default().to_owned();
            entries.insert(name, (number, value));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE people (\n id UUID,\n mail BYTEA,\n name TEXT\n);\n";

    fn found(sql: &str, census: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("services/x/Cargo.toml", ""),
            ("services/x/migrations/0001_init/up.sql", sql),
            ("services/x/census.toml", census),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_unclassified_column_is_found() {
        let all = found(SQL, "[people]\nid = \"technical\"\nmail = \"personal:action\"\n");
        assert_eq!(all.len(), 1);
        assert!(
            all[0].starts_with("services/x/migrations/0001_init/up.sql:4: census: "),
            "{all:?}"
        );
    }

    #[test]
    fn a_personal_column_in_plaintext_is_found() {
        let census = "people.id = \"technical\"\npeople.mail = \"special:vote\"\npeople.name = \"personal:action\"\n";
        let all = found(SQL, census);
        assert_eq!(all.len(), 1);
        assert!(all[0].contains("census.toml:3: census: `people.name` is personal but text"));
    }

    #[test]
    fn a_missing_retention_a_strange_class_and_a_ghost_are_found() {
        let census = "[people]\nid = \"private\"\nmail = \"personal\"\nname = \"public\"\nage = \"public\"\n";
        assert_eq!(found(SQL, census).len(), 3);
    }

    #[test]
    fn a_whole_census_passes() {
        let census =
            "[people]\nid = \"technical\"\nmail = \"personal:action\"\nname = \"public\"\n";
        assert!(found(SQL, census).is_empty());
        assert!(found("", "").is_empty());
    }
}
