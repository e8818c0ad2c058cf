//! A service's README has one form, and its tables equal the code: routes, tables, events.

mod events;

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::routes::{self, access_word};
use super::source::Source;
use super::sql;
use super::tree::{Tree, numbered};

const SECTIONS: &[&str] =
    &["Purpose", "Routes", "Events in", "Events out", "Tables", "Settings", "Failure modes"];

/// A named thing with its line.
type Names = BTreeMap<String, usize>;

/// The README of one service, taken apart by its `##` headings.
struct Readme {
    path: String,
    sections: BTreeMap<String, Vec<(usize, String)>>,
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.services().iter().flat_map(|service| service_check(tree, service)).collect()
}

fn service_check(tree: &Tree, service: &str) -> Vec<Finding> {
    let path = format!("services/{service}/README.md");
    let Some(text) = tree.text(&path) else {
        let source = format!("services/{service}/src");
        let begun = tree.under(&source).any(|(path, _)| !path.ends_with("/src/lib.rs"));
        let says = format!("write the service's page, with sections {}", SECTIONS.join(", "));
        return begun.then(|| Finding::new(&path, 1, "readme", says)).into_iter().collect();
    };
    let readme = Readme::read(path, text);
    let mut findings = readme.incomplete();
    findings.extend(readme.routes(tree, service));
    let tables = sql::tables(tree, &format!("services/{service}"));
    findings.extend(readme.compare(
        "Tables",
        "table",
        &readme.first_cells("Tables"),
        tables.keys(),
    ));
    let events = events::used(tree, service);
    let known = events::known(tree);
    for (section, used) in [("Events in", &events.consumed), ("Events out", &events.published)] {
        let listed = events::listed(readme.lines(section), &known);
        findings.extend(readme.compare(section, "event", &listed, used.iter()));
    }
    findings.extend(events_setting(tree, service, &events));
    findings
}

/// A service with a schema and without events says so in code, and needs no Kafka; one with events must not.
fn events_setting(tree: &Tree, service: &str, events: &events::Used) -> Option<Finding> {
    let path = format!("services/{service}/src/lib.rs");
    let code = &Source::read(&path, tree.text(&path)?).code;
    let has_events = !(events.consumed.is_empty() && events.published.is_empty());
    let says_none = code.contains("const USES_EVENTS: bool = false;");
    let says = match (has_events, says_none) {
        (true, true) => "the service has events, which never leave or arrive: drop `USES_EVENTS`",
        (false, false) if code.contains("fn migrations()") => {
            "the service has no events: `const USES_EVENTS: bool = false;`, so that it starts without Kafka"
        }
        _ => return None,
    };
    Some(Finding::new(&path, 1, "readme", says.to_owned()))
}

impl Readme {
    fn read(path: String, text: &str) -> Self {
        let mut sections: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
        let mut current = String::new();
        for (number, line) in numbered(text) {
            if let Some(title) = line.strip_prefix("## ") {
                title.trim().clone_into(&mut current);
                sections.insert(current.clone(), Vec::new());
            } else if let Some(lines) =
                sections.get_mut(&current).filter(|_| !line.trim().is_empty())
            {
                lines.push((number, line.to_owned()));
            }
        }
        Self { path, sections }
    }

    fn finding(&self, line: usize, says: String) -> Finding {
        Finding::new(&self.path, line, "readme", says)
    }

    fn lines(&self, section: &str) -> &[(usize, String)] {
        self.sections.get(section).map_or(&[], Vec::as_slice)
    }

    fn incomplete(&self) -> Vec<Finding> {
        let empty = SECTIONS.iter().filter(|section| self.lines(section).is_empty());
        empty
            .map(|section| {
                self.finding(
                    1,
                    format!(
                        "fill the section `## {section}`; when there is nothing, say \"None.\""
                    ),
                )
            })
            .collect()
    }

    /// Cells of the table rows of a section, backticks dropped; a header's row is one of them.
    fn rows(&self, section: &str) -> Vec<(usize, Vec<String>)> {
        let rows = self.lines(section).iter().filter_map(|(line, text)| {
            let row = text.trim().strip_prefix('|')?;
            let cells = row.split('|').map(|cell| cell.trim().replace('`', "")).collect();
            Some((*line, cells))
        });
        rows.collect()
    }

    /// First cells of the rows below the header's rule.
    fn first_cells(&self, section: &str) -> Names {
        let is_rule =
            |cell: &String| !cell.is_empty() && cell.chars().all(|c| matches!(c, '-' | ':'));
        let rows = self.rows(section);
        let body = rows.iter().skip_while(|(_, cells)| !cells.first().is_some_and(is_rule)).skip(1);
        body.filter_map(|(line, cells)| Some((cells.first()?.clone(), *line))).collect()
    }

    fn compare<'a>(
        &self,
        section: &str,
        noun: &str,
        listed: &Names,
        real: impl Iterator<Item = &'a String>,
    ) -> Vec<Finding> {
        let real: BTreeSet<&String> = real.collect();
        let missing = real.iter().filter(|name| !listed.contains_key(**name)).map(|name| {
            let says =
                format!("the code has the {noun} `{name}`: add its row under `## {section}`");
            self.finding(1, says)
        });
        let ghosts = listed.iter().filter(|(name, _)| !real.contains(name)).map(|(name, line)| {
            let says =
                format!("the code has no {noun} `{name}`: remove the row under `## {section}`");
            self.finding(*line, says)
        });
        missing.chain(ghosts).collect()
    }

    fn routes(&self, tree: &Tree, service: &str) -> Vec<Finding> {
        let code = tree.text(&format!("services/{service}/src/routes.rs"));
        let code = code.map(routes::read).unwrap_or_default();
        let rows = self.rows("Routes").into_iter().filter_map(|(line, cells)| {
            let mut cells = cells.into_iter();
            let (method, path, access) = (cells.next()?, cells.next()?, cells.next()?);
            path.starts_with('/').then(|| (format!("{method} {path}"), (line, access)))
        });
        let rows: BTreeMap<String, (usize, String)> = rows.collect();
        let listed = rows.iter().map(|(name, (line, _))| (name.clone(), *line)).collect();
        let names: Vec<String> = code.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
        let mut findings = self.compare("Routes", "route", &listed, names.iter());
        for (name, route) in names.iter().zip(&code) {
            let (Some((line, documented)), Some(real)) = (rows.get(name), &route.access) else {
                continue;
            };
            if access_word(documented) != access_word(real) {
                let says = format!("`{name}` needs `{real}` in the code, not `{documented}`");
                findings.push(self.finding(*line, says));
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests;
