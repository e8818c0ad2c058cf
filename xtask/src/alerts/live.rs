//! A real Prometheus that watches the suite of `cargo xtask up`, and the answers of every query to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::dashboards::Dashboard;
use super::files::Files;
use crate::stack::port;
use crate::stack::process::{self, Process};
use crate::up::commands::{ADMIN_PORT, GATEWAY, MAIN_JOB};
use crate::up::suite;
use crate::{paths, say, wait};

/// Enough for scrapes to fill the ranges of the dashboards.
const ANSWER: Duration = Duration::from_mins(3);
const START: Duration = Duration::from_secs(30);

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
    say::step(&format!("run {MAIN_JOB}"), |_| main_job(prometheus))?;
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

fn main_job(prometheus: &Prometheus) -> anyhow::Result<()> {
    ensure!(
        prometheus.act()?.wait()?.success(),
        "{MAIN_JOB} failed: {}",
        process::tail(&prometheus.log())
    );
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

    /// A supporter who writes to their representative: the main job, up to the email.
    pub(super) fn act(&self) -> anyhow::Result<Process> {
        let mut script = Command::new("bash");
        script.arg(paths::root().join(MAIN_JOB)).arg("--until-email");
        Process::spawn(MAIN_JOB, &mut script, &self.log())
    }

    /// Callers who ask for the demo's campaign again and again.
    pub(super) fn call(&self) -> anyhow::Result<Process> {
        let demo = fs::read_to_string(paths::run().join("demo.json")).context("no demo")?;
        let demo: Value = serde_json::from_str(&demo).context("demo.json")?;
        let text = |name| demo.get(name).and_then(Value::as_str).context(name);
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--output", "/dev/null", "--parallel", "--parallel-max", "8"])
            .args(["--oauth2-bearer", text("publishable_key")?])
            .arg(format!("{GATEWAY}/v1/campaigns/{}?asked=[1-9999]", text("campaign_id")?));
        Process::spawn("curl", &mut curl, &self.log())
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
         - {{job_name: folkmoot, honor_labels: true, static_configs: [{{targets: [\"127.0.0.1:{ADMIN_PORT}\"]}}]}}\n"
    );
    fs::write(&config, text).context("failed to write prometheus.yml")?;
    Ok(config)
}
