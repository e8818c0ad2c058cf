//! The executable style: every rule reads the tree and returns findings; all are reported at once.
//! A rule is one function `fn(&Tree) -> Vec<Finding>`; docs/STYLE.md gives the reasons.

mod adr;
mod census;
mod circles;
mod inserts;
mod language;
mod layers;
mod links;
mod manifests;
mod metrics;
mod migrations;
mod openapi;
mod promises;
mod readme;
mod rooms;
mod routes;
mod settings;
mod sizes;
mod source;
mod sql;
mod testing;
mod tree;
mod words;

use std::fmt;

use anyhow::ensure;
use tree::Tree;

use crate::{paths, say};

/// In the order in which a reader meets the style.
const RULES: &[fn(&Tree) -> Vec<Finding>] = &[
    sizes::check,
    rooms::check,
    circles::check,
    language::check,
    layers::check,
    manifests::check,
    testing::check,
    migrations::check,
    inserts::check,
    readme::check,
    openapi::check,
    census::check,
    promises::check,
    settings::check,
    metrics::check,
    adr::check,
    words::check,
    links::check,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Warning,
    Failure,
}

/// One place in the tree and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    says: String,
    level: Level,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, says: says.into(), level: Level::Failure }
    }

    fn into_warning(self) -> Self {
        Self { level: Level::Warning, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.level == Level::Warning { "warning: " } else { "" };
        write!(f, "{}:{}: {mark}{}: {}", self.path, self.line, self.rule, self.says)
    }
}

/// What a run found; `Display` is the whole text to print.
#[derive(Debug)]
struct Report {
    findings: Vec<Finding>,
    files: usize,
}

impl Report {
    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        let (failures, warnings) = (self.count(Level::Failure), self.count(Level::Warning));
        write!(f, "tidy: {} files, {failures} failures, {warnings} warnings", self.files)
    }
}

/// Runs every rule over the files that git knows or would add, prints all findings, and fails on any failure.
pub fn run() -> anyhow::Result<()> {
    let report = judge(&Tree::load(&paths::root())?);
    say::line(report.to_string());
    let failures = report.count(Level::Failure);
    ensure!(
        failures == 0,
        "the style is broken in {failures} places; docs/STYLE.md has the reasons"
    );
    Ok(())
}

fn judge(tree: &Tree) -> Report {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    findings.sort_by(|a, b| (&a.path, a.line, a.rule).cmp(&(&b.path, b.line, b.rule)));
    Report { findings, files: tree.files().count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_findings_are_reported_at_once_and_in_order() {
        let tree =
            Tree::of(&[("libs/kit/src/b.rs", "fn b() {}\n"), ("libs/kit/src/a.rs", "fn a() {}\n")]);
        let report = judge(&tree);
        assert_eq!(report.count(Level::Failure), 2);
        let text = report.to_string();
        assert!(text.find("a.rs:1: sizes: ").unwrap() < text.find("b.rs:1: sizes: ").unwrap());
        assert!(text.ends_with("tidy: 2 files, 2 failures, 0 warnings"));
    }

    #[test]
    fn a_warning_does_not_fail_the_run() {
        let long = format!("//! Long.\n{}", "fn a() {}\n".repeat(350));
        let report = judge(&Tree::of(&[("libs/kit/src/a.rs", &long)]));
        assert_eq!(report.count(Level::Failure), 0);
        assert!(report.to_string().contains("a.rs:301: warning: sizes: "));
    }
}
