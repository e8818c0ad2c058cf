//! The files of alerts, with their tests, their runbooks and the list of metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::paths;

/// Everything that is checked.
pub(super) struct Files {
    pub(super) rules: Vec<RuleFile>,
    /// Paths of the tests, with what they hold.
    pub(super) tests: Vec<(PathBuf, TestFile)>,
    /// Runbook pages by their path in the repository.
    pub(super) runbooks: BTreeMap<String, String>,
    /// What docs/metrics.md lists, and docs/backups.md of backups; a histogram has its three series.
    pub(super) metrics: BTreeSet<String>,
    /// The chart's table of services.
    pub(super) services: BTreeMap<String, Value>,
}

/// A file of rules.
pub(super) struct RuleFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) rules: Vec<Rule>,
}

/// A rule that records or alerts.
#[derive(Deserialize)]
pub(super) struct Rule {
    #[serde(default)]
    pub(super) alert: String,
    #[serde(default)]
    pub(super) record: String,
    pub(super) expr: String,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

/// A file of tests for promtool.
#[derive(Deserialize)]
pub(super) struct TestFile {
    pub(super) tests: Vec<Test>,
}

/// A test: series, and what queries give at some time.
#[derive(Deserialize)]
pub(super) struct Test {
    pub(super) input_series: Vec<Series>,
    pub(super) promql_expr_test: Vec<Expectation>,
}

#[derive(Deserialize)]
pub(super) struct Series {
    pub(super) series: String,
}

#[derive(Deserialize)]
pub(super) struct Expectation {
    pub(super) exp_samples: Vec<Sample>,
}

#[derive(Deserialize)]
pub(super) struct Sample {
    pub(super) labels: String,
}

#[derive(Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

impl Files {
    pub(super) fn read() -> anyhow::Result<Self> {
        let root = paths::root();
        let chart = root.join("helm/folkmoot");
        let rules = listed(&chart.join("files/alerts"), "yaml")?.into_iter().map(RuleFile::read);
        let tests = listed(&chart.join("tests/alerts"), "yaml")?.into_iter();
        let tests = tests.map(|path| yaml(&path).map(|file| (path, file)));
        let pages = listed(&root.join("docs/runbooks"), "md")?.into_iter();
        let pages = pages.map(|path| Ok((name_in(&root, &path), read(&path)?)));
        Ok(Self {
            rules: rules.collect::<anyhow::Result<_>>()?,
            tests: tests.collect::<anyhow::Result<_>>()?,
            runbooks: pages.collect::<anyhow::Result<_>>()?,
            metrics: metrics(
                &(read(&root.join("docs/metrics.md"))? + &read(&root.join("docs/backups.md"))?),
            ),
            services: yaml(&chart.join("files/services.yaml"))?,
        })
    }

    /// Every alert with its file.
    pub(super) fn alerts(&self) -> impl Iterator<Item = (&RuleFile, &Rule)> {
        let all =
            self.rules.iter().flat_map(|file| file.rules.iter().map(move |rule| (file, rule)));
        all.filter(|(_, rule)| !rule.alert.is_empty())
    }

    /// The alert of a name.
    pub(super) fn alert(&self, name: &str) -> Option<&Rule> {
        self.alerts().map(|(_, rule)| rule).find(|rule| rule.alert == name)
    }
}

impl RuleFile {
    fn read(path: PathBuf) -> anyhow::Result<Self> {
        let text = read(&path)?;
        let Groups { groups } =
            serde_yaml_ng::from_str(&text).with_context(|| path.display().to_string())?;
        Ok(Self { path, text, rules: groups.into_iter().flat_map(|group| group.rules).collect() })
    }

    pub(super) fn name(&self) -> String {
        name_in(&paths::root(), &self.path)
    }
}

/// The names in the first column of the tables.
fn metrics(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for row in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let Some((name, rest)) = row.split_once('`') else { continue };
        if rest.starts_with(" | histogram ") {
            names.extend(["bucket", "sum", "count"].map(|series| format!("{name}_{series}")));
        } else {
            names.insert(name.to_owned());
        }
    }
    names
}

/// The files of a folder that end so, by name.
pub(super) fn listed(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|it| it == extension));
    files.sort();
    Ok(files)
}

pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
}

fn yaml<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_yaml_ng::from_str(&read(path)?).with_context(|| path.display().to_string())
}

fn name_in(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_lists_names_and_the_series_of_histograms() {
        let page = "| metric | type |\n|---|---|\n| `a_total` | counter | |\n| `b_seconds` | histogram | |\n";
        let names: Vec<_> = metrics(page).into_iter().collect();
        assert_eq!(names, ["a_total", "b_seconds_bucket", "b_seconds_count", "b_seconds_sum"]);
    }
}
