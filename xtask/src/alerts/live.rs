//! A real Prometheus that watches the suite of `cargo xtask up`, and the answers of every query to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::dashboards::Dashboard;
use super::files::Files;
use super::traffic;
use crate::stack::port;
use crate::stack::process::{self, Process};
use crate::up::commands::{ADMIN_PORT, MAIN_JOB};
use crate::up::state::RunDir;
use crate::up::suite;
use crate::{paths, say, wait};

/// Enough for scrapes to fill the ranges of the dashboards.
const ANSWER: Duration = Duration::from_mins(3);
const START: Duration = Duration::from_secs(30);
/// What is watched besides the suite.
const TARGETS: &str = "targets.json";

/// The packaged postcodes of `cargo xtask up` are old indeed.
const RIGHTLY_FIRES: &str = "FolkmootDataOld";

/// A query, and where it stands.
pub(super) struct Asked {
    pub(super) place: String,
    pub(super) query: String,
}

/// Asks every query, while the main job makes traffic: dashboards must show something, and no alert may fire.
pub(super) fn check(
    files: &Files,
    dashboards: &[Dashboard],
    prometheus: &Prometheus,
) -> anyhow::Result<()> {
    say::step(&format!("run {MAIN_JOB}"), |_| main_job())?;
    let shown: Vec<Asked> = dashboards.iter().flat_map(of_dashboard).collect();
    say::step("ask the queries of the dashboards", |_| all_answer(prometheus, &shown))?;
    say::step("ask the queries of the alerts", |_| none_fires(prometheus, files))?;
    say::line(format!("{} queries of dashboards return something", shown.len()));
    Ok(())
}

fn of_dashboard(dashboard: &Dashboard) -> impl Iterator<Item = Asked> {
    dashboard.queries().map(|(title, query)| {
        let place = format!("{}: {title}", dashboard.name);
        Asked { place, query }
    })
}

fn main_job() -> anyhow::Result<()> {
    let run = RunDir(paths::run());
    let log = run.log("alerts");
    ensure!(traffic::act(&run)?.wait()?.success(), "{MAIN_JOB} failed: {}", process::tail(&log));
    Ok(())
}

fn all_answer(prometheus: &Prometheus, queries: &[Asked]) -> anyhow::Result<()> {
    let mut silent: Vec<&Asked> = queries.iter().collect();
    let waited = wait::until("an answer to every query", ANSWER, || {
        let mut still = Vec::new();
        for asked in &silent {
            let values = prometheus.ask(&asked.query).with_context(|| asked.place.clone())?;
            if !values.iter().any(|value| value.is_finite()) {
                still.push(*asked);
            }
        }
        silent = still;
        Ok(silent.is_empty())
    });
    for Asked { place, query } in silent {
        say::problem(format!("{place}: nothing: {query}"));
    }
    waited
}

fn none_fires(prometheus: &Prometheus, files: &Files) -> anyhow::Result<()> {
    let mut firing = Vec::new();
    for (_, rule) in files.alerts() {
        let values = prometheus.ask(&rule.expr).with_context(|| rule.alert.clone())?;
        if !values.is_empty() && rule.alert != RIGHTLY_FIRES {
            firing.push(rule.alert.as_str());
        }
    }
    ensure!(
        firing.is_empty(),
        "on a suite without disturbance these would fire: {}",
        firing.join(", ")
    );
    Ok(())
}

/// A running Prometheus, which ends when dropped.
pub(super) struct Prometheus {
    folder: PathBuf,
    url: String,
    _process: Process,
}

impl Prometheus {
    /// Starts it, once a suite is ready.
    pub(super) fn start(files: &Files) -> anyhow::Result<Self> {
        ensure!(suite::ready(ADMIN_PORT), "no suite is ready: run `cargo xtask up --detach` first");
        let folder = paths::run().join("prometheus");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("rules")).context("failed to create .run/prometheus")?;
        let config = configure(&folder, files)?;
        let port = port::free()?;
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let log = folder.join("prometheus.log");
        let process = Process::spawn("prometheus", &mut command, &log)?
            .recorded(&folder.join("prometheus.pid"))?;
        let url = format!("http://127.0.0.1:{port}");
        let started = Self { folder, url, _process: process };
        // Two scrapes, so that a rate exists.
        wait::until("Prometheus' first scrapes", START, || {
            Ok(started.ask("count_over_time(up[1m]) > 1").is_ok_and(|values| !values.is_empty()))
        })?;
        Ok(started)
    }

    /// Watches these admin ports, or other ports that show metrics at a path, too.
    pub(super) fn scrape(&self, ports: &[u16], path: &str) -> anyhow::Result<()> {
        let targets: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let group = json!([{"targets": targets, "labels": {"__metrics_path__": path}}]);
        fs::write(self.folder.join(TARGETS), group.to_string()).context("failed to write targets")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("asked.log")
    }

    /// The values that a query has now.
    pub(super) fn ask(&self, query: &str) -> anyhow::Result<Vec<f64>> {
        let mut command = Command::new("promtool");
        command.args(["query", "instant", "--format=json", &self.url, query]);
        let answer = process::run_for_output("promtool", &mut command, &self.log())?;
        let answer: Value =
            serde_json::from_str(&answer).context("promtool's answer is not JSON")?;
        let samples = answer.as_array().into_iter().flatten();
        let value = |sample: &Value| sample.pointer("/value/1")?.as_str()?.parse().ok();
        Ok(samples.filter_map(value).collect())
    }
}

/// Scrapes each second, and evaluates all rules as often, so that nobody waits for the slow ones.
fn configure(folder: &Path, files: &Files) -> anyhow::Result<PathBuf> {
    for file in &files.rules {
        let lines = file.text.lines().filter(|line| !line.starts_with("    interval: "));
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        let name = file.path.file_name().unwrap_or_default();
        fs::write(folder.join("rules").join(name), text).context("failed to copy rules")?;
    }
    let config = folder.join("prometheus.yml");
    let text = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [rules/*.yaml]\nscrape_configs:\n  \
         - {{job_name: folkmoot, honor_labels: true, static_configs: [{{targets: [\"127.0.0.1:{ADMIN_PORT}\"]}}],\n     \
         file_sd_configs: [{{files: [{TARGETS}], refresh_interval: 1s}}]}}\n"
    );
    fs::write(&config, text).context("failed to write prometheus.yml")?;
    Ok(config)
}
