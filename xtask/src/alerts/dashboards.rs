//! The dashboards: what each shows, in short YAML.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Deserialize;

use super::files::{listed, read};
use crate::paths;

/// A dashboard as its source has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dashboard {
    /// Its file without an extension.
    #[serde(skip)]
    pub(super) name: String,
    #[serde(skip)]
    pub(super) json: PathBuf,
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) title: String,
    pub(super) panels: Vec<Panel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Panel {
    pub(super) title: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) kind: Kind,
    /// Of 24 columns.
    #[serde(default = "third")]
    pub(super) width: u32,
    /// As Grafana calls it.
    #[serde(default)]
    pub(super) unit: String,
    pub(super) red_above: Option<f64>,
    pub(super) red_below: Option<f64>,
    pub(super) queries: Vec<Query>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Lines over time.
    #[default]
    Lines,
    /// The last value as a number.
    Stat,
    /// Readiness checks over time, by colour.
    Status,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    pub(super) legend: String,
    pub(super) expr: String,
}

fn third() -> u32 {
    8
}

impl Dashboard {
    /// Every dashboard of the chart.
    pub(super) fn all() -> anyhow::Result<Vec<Self>> {
        let folder = paths::root().join("helm/folkmoot/files/dashboards");
        let read = listed(&folder, "yaml")?.into_iter().map(|path| {
            let dashboard: Self = serde_yaml_ng::from_str(&read(&path)?)
                .with_context(|| path.display().to_string())?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Self { name, json: path.with_extension("json"), ..dashboard })
        });
        read.collect()
    }

    pub(super) fn panels(&self) -> impl Iterator<Item = &Panel> {
        self.rows.iter().flat_map(|row| &row.panels)
    }

    /// Every query with the title of its panel; variables have a value.
    pub(super) fn queries(&self) -> impl Iterator<Item = (&str, String)> {
        self.panels().flat_map(|panel| {
            let title = panel.title.as_str();
            panel.queries.iter().map(move |it| (title, concrete(&it.expr)))
        })
    }
}

/// A query as Grafana sends it for all services, and a range that a minute of scrapes fills.
fn concrete(expr: &str) -> String {
    expr.replace("$service", ".+").replace("$__rate_interval", "1m")
}
