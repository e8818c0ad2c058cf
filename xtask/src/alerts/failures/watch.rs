//! The suite, the Prometheus that watches it during one failure, and the alerts.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::Choice;
use crate::alerts::files::Files;
use crate::alerts::live::Prometheus;
use crate::alerts::traffic;
use crate::stack::process::Process;
use crate::stack::{Kafka, Postgres};
use crate::up::environment::Environment;
use crate::up::state::{RunDir, UpPorts};
use crate::up::suite::Suite;
use crate::{paths, say, wait};

/// An event has to wait for a minute, a transaction for its timeout, a job for its next run.
pub(super) const FIRE: Duration = Duration::from_mins(4);
const CALM: Duration = Duration::from_mins(3);

/// What a failure works on.
pub(super) struct Watch<'a> {
    pub(super) run: RunDir,
    pub(super) ports: UpPorts,
    /// `folkmoot` with the environment of the running suite.
    pub(super) suite: Suite,
    pub(super) other_build: Option<PathBuf>,
    pub(super) prometheus: Prometheus,
    files: &'a Files,
    fired: RefCell<BTreeSet<String>>,
}

impl<'a> Watch<'a> {
    pub(super) fn begin(files: &'a Files, choice: &Choice) -> anyhow::Result<Self> {
        let run = RunDir(paths::run());
        let ports = UpPorts::remembered(&run).context("no suite was started from this clone")?;
        let suite = running(&run)?;
        let prometheus = Prometheus::start(files)?;
        let (other_build, fired) = (choice.other_build.clone(), RefCell::default());
        Ok(Self { run, ports, suite, other_build, prometheus, files, fired })
    }

    /// Waits until all these alerts would fire, if what is now lasts.
    pub(super) fn fires(&self, alerts: &[&str]) -> anyhow::Result<()> {
        alerts.iter().try_for_each(|name| self.fires_within(FIRE, name))
    }

    /// The same for one that needs more time.
    pub(super) fn fires_within(&self, time: Duration, name: &str) -> anyhow::Result<()> {
        wait::until(name, time, || self.would_fire(name))?;
        say::problem(format!("  {name}"));
        self.fired.borrow_mut().insert(name.to_owned());
        Ok(())
    }

    /// Waits until an alert would end.
    pub(super) fn calms(&self, alert: &str) -> anyhow::Result<()> {
        wait::until(&format!("the end of {alert}"), CALM, || Ok(!self.would_fire(alert)?))
    }

    pub(super) fn would_fire(&self, name: &str) -> anyhow::Result<bool> {
        let rule = self.files.alert(name).with_context(|| format!("no alert {name}"))?;
        Ok(!self.prometheus.ask(&rule.expr)?.is_empty())
    }

    /// The alerts that would have fired.
    pub(super) fn fired(&self) -> BTreeSet<String> {
        self.fired.borrow().clone()
    }

    /// The suite's PostgreSQL, which runs on after us.
    pub(super) fn postgres(&self) -> anyhow::Result<Postgres> {
        let mut postgres = Postgres::start(&self.run.at("postgres"), self.ports.parts.postgres)?;
        postgres.detach();
        Ok(postgres)
    }

    /// The suite's Kafka, which runs on after us.
    pub(super) fn kafka(&self) -> anyhow::Result<Kafka> {
        let mut kafka = Kafka::start(&self.run.at("kafka"), self.ports.parts.kafka)?;
        kafka.detach();
        Ok(kafka)
    }

    /// `folkmoot all`, which runs on after us.
    pub(super) fn folkmoot(&self) -> anyhow::Result<Process> {
        let mut folkmoot = adopt(&self.run)?;
        folkmoot.detach();
        Ok(folkmoot)
    }

    /// Starts `folkmoot all`, again if it runs, and waits until it is ready.
    pub(super) fn restart(&self) -> anyhow::Result<()> {
        self.suite.all()?.detach();
        Ok(())
    }

    /// Watches these admin ports too.
    pub(super) fn scrape(&self, admin_ports: &[u16]) -> anyhow::Result<()> {
        self.prometheus.scrape(admin_ports, "/metrics")
    }

    /// A supporter who writes to their representative.
    pub(super) fn act(&self) -> anyhow::Result<Process> {
        traffic::act(&self.run)
    }
}

fn adopt(run: &RunDir) -> anyhow::Result<Process> {
    Process::adopt("folkmoot", &run.record("folkmoot")).context("folkmoot does not run")
}

fn running(run: &RunDir) -> anyhow::Result<Suite> {
    let mut folkmoot = adopt(run)?;
    folkmoot.detach();
    let process = PathBuf::from(format!("/proc/{}", folkmoot.pid()));
    let binary = fs::read_link(process.join("exe")).context("folkmoot has ended")?;
    ensure!(binary.exists(), "{} was built again: `cargo xtask up` first", binary.display());
    let variables = fs::read(process.join("environ")).context("folkmoot has ended")?;
    let variables = variables.split(|byte| *byte == 0);
    let text = |bytes: &[u8]| std::ffi::OsStr::from_bytes(bytes).to_str().map(str::to_owned);
    let variables = variables.filter_map(text);
    let environment: Environment = variables
        .filter_map(|it| {
            it.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        })
        .collect();
    Ok(Suite { binary, environment, run: run.clone() })
}
