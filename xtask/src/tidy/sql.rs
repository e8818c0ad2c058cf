//! Replays a service's migrations far enough to know its tables, columns and types.

use std::collections::BTreeMap;

use super::tree::Tree;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Upper case, without its parameters.
    pub(crate) kind: String,
    pub(crate) path: String,
    pub(crate) line: usize,
}

pub(crate) type Tables = BTreeMap<String, BTreeMap<String, Column>>;

/// Beginnings of table entries that are no columns.
const CONSTRAINTS: &[&str] =
    &["PRIMARY", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK", "EXCLUDE", "LIKE"];

/// Tables of a crate as they stand after every `up.sql`, in the order of the folder names.
pub(crate) fn tables(tree: &Tree, owner: &str) -> Tables {
    let mut tables = Tables::new();
    let folder = format!("{owner}/migrations");
    for (path, text) in tree.under(&folder).filter(|(path, _)| path.ends_with("up.sql")) {
        for (line, statement) in statements(text) {
            apply(&mut tables, path, line, &statement);
        }
    }
    tables
}

fn apply(tables: &mut Tables, path: &str, line: usize, statement: &str) {
    let head = statement.split('(').next().unwrap_or_default();
    let words: Vec<String> = words(head);
    let upper: Vec<String> = words.iter().map(|word| word.to_uppercase()).collect();
    let Some(at) = upper.iter().take(3).position(|word| word == "TABLE") else { return };
    let noise = ["IF", "NOT", "EXISTS", "ONLY"];
    let skip = upper.iter().skip(at + 1).take_while(|word| noise.contains(&word.as_str())).count();
    let Some(name) = words.get(at + 1 + skip).map(|name| identifier(name)) else { return };
    match upper.first().map(String::as_str) {
        Some("CREATE")
            if !upper.iter().any(|word| word == "PARTITION") || statement.contains('(') =>
        {
            let is_part = upper.windows(2).any(|pair| pair == ["PARTITION", "OF"]);
            if !is_part {
                tables.insert(name, columns(path, line, statement));
            }
        }
        Some("DROP") => {
            tables.remove(&name);
        }
        Some("ALTER") => alter(tables, &name, path, line, statement),
        _ => {}
    }
}

fn columns(path: &str, line: usize, statement: &str) -> BTreeMap<String, Column> {
    let Some((head, body)) = statement.split_once('(') else { return BTreeMap::new() };
    let first = line + head.matches('\n').count();
    let entries = split(body).into_iter().filter_map(|(offset, entry)| {
        let words = words(&entry);
        let name = words.first()?;
        let is_column = !CONSTRAINTS.contains(&name.to_uppercase().as_str());
        let column =
            Column { kind: kind(words.get(1)?), path: path.to_owned(), line: first + offset };
        is_column.then(|| (identifier(name), column))
    });
    entries.collect()
}

fn alter(tables: &mut Tables, name: &str, path: &str, line: usize, statement: &str) {
    // Everything after the table's name; the name itself is a word of the first action.
    for (position, (offset, action)) in split(statement).into_iter().enumerate() {
        let all = words(&action);
        let verbs = ["ADD", "DROP", "RENAME", "ALTER"];
        let own_verb = if position == 0 { 2 } else { 0 };
        let fillers = ["COLUMN", "IF", "NOT", "EXISTS", "SET", "DATA"];
        let mut rest = all
            .iter()
            .skip(own_verb)
            .skip_while(|word| !verbs.contains(&word.to_uppercase().as_str()))
            .filter(|word| !fillers.contains(&word.to_uppercase().as_str()));
        let parts = (rest.next(), rest.next(), rest.next(), rest.next());
        let (Some(verb), Some(column)) = (parts.0, parts.1) else { continue };
        let (third, fourth) = (parts.2.map(String::as_str), parts.3.map(String::as_str));
        if CONSTRAINTS.contains(&column.to_uppercase().as_str()) {
            continue;
        }
        let change = Change { verb, column, third, fourth };
        change.apply(tables, name, &Place { path, line: line + offset });
    }
}

struct Place<'a> {
    path: &'a str,
    line: usize,
}

/// `ADD column TYPE`, `DROP column`, `RENAME a TO b`, `RENAME TO t`, `ALTER column TYPE t`.
struct Change<'a> {
    verb: &'a str,
    column: &'a str,
    third: Option<&'a str>,
    fourth: Option<&'a str>,
}

impl Change<'_> {
    fn apply(&self, tables: &mut Tables, name: &str, place: &Place<'_>) {
        let renames_table = self.column.eq_ignore_ascii_case("TO");
        if self.verb.eq_ignore_ascii_case("RENAME") && renames_table {
            if let (Some(table), Some(new)) = (tables.remove(name), self.third) {
                tables.insert(identifier(new), table);
            }
            return;
        }
        let Some(table) = tables.get_mut(name) else { return };
        let column = identifier(self.column);
        match (self.verb.to_uppercase().as_str(), self.third, self.fourth) {
            ("ADD", Some(of), _) => {
                let added =
                    Column { kind: kind(of), path: place.path.to_owned(), line: place.line };
                table.insert(column, added);
            }
            ("DROP", ..) => {
                table.remove(&column);
            }
            ("RENAME", Some(_), Some(new)) => {
                if let Some(old) = table.remove(&column) {
                    table.insert(identifier(new), old);
                }
            }
            ("ALTER", Some(word), Some(of)) if word.eq_ignore_ascii_case("TYPE") => {
                if let Some(changed) = table.get_mut(&column) {
                    changed.kind = kind(of);
                }
            }
            _ => {}
        }
    }
}

/// Statements with the line on which each begins; comments are dropped, dollar-quoted bodies kept whole.
fn statements(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut current, mut start, mut quoted) = (Vec::new(), String::new(), 0, false);
    for (number, line) in super::tree::numbered(text) {
        let code = line.split("--").next().unwrap_or_default();
        for c in code.chars().chain(['\n']) {
            if current.is_empty() && c.is_whitespace() {
                continue;
            }
            if current.is_empty() {
                start = number;
            }
            if c == ';' && !quoted {
                found.push((start, std::mem::take(&mut current)));
                continue;
            }
            current.push(c);
            quoted ^= current.ends_with("$$");
        }
    }
    found.push((start, current));
    found
}

/// Entries between commas on the outer level, with the number of line breaks before each.
fn split(body: &str) -> Vec<(usize, String)> {
    let (mut entries, mut entry, mut depth) = (Vec::new(), String::new(), 0_i32);
    let (mut breaks, mut start) = (0, 0);
    for c in body.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            break;
        }
        if c == ',' && depth == 0 {
            entries.push((start, std::mem::take(&mut entry)));
        } else if !(entry.is_empty() && c.is_whitespace()) {
            if entry.is_empty() {
                start = breaks;
            }
            entry.push(c);
        }
        breaks += usize::from(c == '\n');
    }
    entries.push((start, entry));
    entries
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(ToOwned::to_owned).collect()
}

/// `campaigns."Actions"` is `Actions`; unquoted names fold to lower case.
fn identifier(word: &str) -> String {
    let last = word.rsplit('.').next().unwrap_or(word);
    let unquoted = last.trim_matches('"');
    if unquoted == last { last.to_lowercase() } else { unquoted.to_owned() }
}

fn kind(word: &str) -> String {
    word.split('(').next().unwrap_or(word).to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_replayed_in_order() {
        let first = "-- people\nCREATE TABLE people (\n  id UUID PRIMARY KEY,\n  name bytea NOT NULL, -- sealed\n  score NUMERIC(4, 2),\n  old TEXT,\n  UNIQUE (id, name)\n);\nCREATE FUNCTION f() AS $$ SELECT 1; DROP TABLE people; $$ LANGUAGE sql;\nCREATE TABLE gone (id UUID);\nCREATE TABLE parts PARTITION OF people DEFAULT;\n";
        let second = "ALTER TABLE people ADD COLUMN IF NOT EXISTS mail TEXT,\n  DROP COLUMN old;\nALTER TABLE people RENAME COLUMN score TO points;\nALTER TABLE people ADD CONSTRAINT c CHECK (points > 0);\nDROP TABLE gone;\n";
        let tree = Tree::of(&[
            ("services/x/migrations/0001_init/up.sql", first),
            ("services/x/migrations/0002_more/up.sql", second),
            ("services/x/migrations/0002_more/down.sql", "DROP TABLE people;"),
        ]);
        let tables = tables(&tree, "services/x");
        assert_eq!(tables.keys().collect::<Vec<_>>(), ["people"]);
        let people = &tables["people"];
        assert_eq!(people.keys().collect::<Vec<_>>(), ["id", "mail", "name", "points"]);
        assert_eq!((people["name"].kind.as_str(), people["name"].line), ("BYTEA", 4));
        assert_eq!((people["mail"].kind.as_str(), people["mail"].line), ("TEXT", 1));
    }
}
