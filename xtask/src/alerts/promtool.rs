//! Prometheus' own judgement of rules, from Debian's package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::dashboards::Dashboard;
use super::files::Files;
use crate::paths;
use crate::stack::process;

/// Whether the rules are valid, and the queries of the dashboards, as if each recorded something.
pub(super) fn check(files: &Files, dashboards: &[Dashboard]) -> anyhow::Result<()> {
    let queries = paths::run().join("dashboards.rules.yaml");
    fs::create_dir_all(paths::run()).context("failed to create .run")?;
    fs::write(&queries, as_rules(dashboards).to_string()).context("failed to write the queries")?;
    let rules = files.rules.iter().map(|file| file.path.clone());
    run(&["check", "rules", "--lint-fatal"], rules.chain([queries]))
}

/// Runs the tests of the rules.
pub(super) fn test(files: &Files) -> anyhow::Result<()> {
    run(&["test", "rules"], files.tests.iter().map(|(path, _)| path.clone()))
}

/// JSON is YAML.
fn as_rules(dashboards: &[Dashboard]) -> Value {
    let group = |dashboard: &Dashboard| {
        let prefix = dashboard.name.replace('-', "_");
        let rules = dashboard.queries().enumerate().map(|(number, (panel, expr))| {
            json!({"record": format!("{prefix}:{number}"), "labels": {"panel": panel}, "expr": expr})
        });
        json!({"name": dashboard.name, "rules": rules.collect::<Vec<_>>()})
    };
    json!({"groups": dashboards.iter().map(group).collect::<Vec<_>>()})
}

fn run(verb: &[&str], files: impl Iterator<Item = PathBuf>) -> anyhow::Result<()> {
    let mut command = Command::new("promtool");
    command.args(verb).args(files);
    let log: &Path = &paths::cache()?.join("promtool.log");
    let _ = fs::remove_file(log);
    process::run("promtool", &mut command, log)
}
