//! Real disturbances of the running suite. Each stops a part, waits until the alerts that are meant for it would fire, and
//! starts the part again. The last one stops the suite itself, which `cargo xtask up` starts again.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

use super::files::Files;
use super::live::Prometheus;
use crate::stack::process::Process;
use crate::stack::{Kafka, Postgres, Redis};
use crate::up::commands::{self, POSTCODES};
use crate::up::state::{RunDir, UpPorts};
use crate::{paths, say, wait};

/// An event has to wait for a minute, and a readiness check for its deadline.
const FIRE: Duration = Duration::from_mins(3);
const CALM: Duration = Duration::from_mins(2);

/// The suite, the Prometheus that watches it, and the alerts.
struct Watch<'a> {
    run: RunDir,
    ports: UpPorts,
    files: &'a Files,
    prometheus: &'a Prometheus,
}

/// Makes every disturbance in turn.
pub(super) fn check(files: &Files, prometheus: &Prometheus) -> anyhow::Result<()> {
    let run = RunDir(paths::run());
    let ports = UpPorts::remembered(&run).context("no suite was started from this clone")?;
    let watch = Watch { run, ports, files, prometheus };
    say::step("stop Redis", |_| watch.without_redis())?;
    say::step("stop the mail catcher", |_| watch.without_mail())?;
    say::step("stop Kafka", |_| watch.without_kafka())?;
    say::step("stop PostgreSQL", |_| watch.without_postgres())?;
    say::step("replace the postcodes by something else", |_| watch.with_wrong_postcodes())?;
    say::step("stop folkmoot", |_| watch.without_folkmoot())?;
    say::line(
        "Every disturbance was noticed. The suite is stopped: `cargo xtask up` starts it again.",
    );
    Ok(())
}

impl Watch<'_> {
    fn without_redis(&self) -> anyhow::Result<()> {
        let mut redis = Redis::start(&self.run.at("redis"), self.ports.parts.redis)?;
        redis.stop()?;
        let fired = self.fires(&["FolkmootLimitsDegraded"]);
        redis.restart()?;
        redis.detach();
        fired
    }

    fn without_mail(&self) -> anyhow::Result<()> {
        let folkmoot = Process::adopt("folkmoot", &self.run.record("folkmoot"));
        let mut folkmoot = folkmoot.context("folkmoot does not run")?;
        folkmoot.detach();
        let program = fs::read_link(format!("/proc/{}/exe", folkmoot.pid()))?;
        let record = self.run.record("catch-mail");
        let catcher = Process::adopt("catch-mail", &record);
        catcher.context("the mail catcher does not run")?.stop()?;
        let acting = self.prometheus.act()?;
        let fired = self.fires(&["FolkmootMailRelayUnavailable"]);
        drop(acting);
        let mut again = std::process::Command::new(program);
        again.args(commands::catch_mail(self.ports.mail, &self.run.at("mail")));
        let log = self.run.log("catch-mail");
        Process::spawn("catch-mail", &mut again, &log)?.recorded(&record)?.detach();
        fired
    }

    fn without_kafka(&self) -> anyhow::Result<()> {
        let mut kafka = Kafka::start(&self.run.at("kafka"), self.ports.parts.kafka)?;
        kafka.stop()?;
        let acting = self.prometheus.act()?;
        let fired = self.fires(&["FolkmootKafkaUnavailable", "FolkmootEventsDelayed"]);
        drop(acting);
        kafka.restart()?;
        kafka.detach();
        fired?;
        self.calms("FolkmootEventsDelayed")
    }

    fn without_postgres(&self) -> anyhow::Result<()> {
        let mut postgres = Postgres::start(&self.run.at("postgres"), self.ports.parts.postgres)?;
        postgres.stop()?;
        let calling = self.prometheus.call()?;
        let fired = self.fires(&[
            "FolkmootDatabaseUnavailable",
            "FolkmootJobFails",
            "FolkmootRouteFails",
            "FolkmootBudgetBurnsFast",
        ]);
        drop(calling);
        postgres.restart()?;
        postgres.detach();
        fired?;
        self.calms("FolkmootDatabaseUnavailable")
    }

    fn with_wrong_postcodes(&self) -> anyhow::Result<()> {
        let file = self.run.at(&format!("data/{POSTCODES}.bin"));
        let (kept, wrong) = (file.with_extension("kept"), file.with_extension("wrong"));
        fs::hard_link(&file, &kept).context("failed to keep the postcodes")?;
        let replaced = fs::write(&wrong, "no postcodes").and_then(|()| fs::rename(&wrong, &file));
        let fired = replaced
            .context("failed to replace the postcodes")
            .and_then(|()| self.fires(&["FolkmootDataRefused"]));
        fs::rename(&kept, &file).context("failed to put the postcodes back")?;
        fired?;
        self.calms("FolkmootDataRefused")
    }

    fn without_folkmoot(&self) -> anyhow::Result<()> {
        let folkmoot = Process::adopt("folkmoot", &self.run.record("folkmoot"));
        folkmoot.context("folkmoot does not run")?.stop()?;
        self.fires(&[
            "FolkmootServiceAbsent",
            "FolkmootRelayLeader",
            "FolkmootEventsDelayed",
            "FolkmootConsumerAbsent",
            "FolkmootErasuresUnwatched",
            "FolkmootSigningKeyAbsent",
        ])
    }

    /// Waits until all these alerts would fire, if what is now lasts.
    fn fires(&self, alerts: &[&str]) -> anyhow::Result<()> {
        for name in alerts {
            wait::until(name, FIRE, || self.would_fire(name))?;
            say::problem(format!("  {name}"));
        }
        Ok(())
    }

    fn calms(&self, alert: &str) -> anyhow::Result<()> {
        wait::until(&format!("the end of {alert}"), CALM, || Ok(!self.would_fire(alert)?))
    }

    fn would_fire(&self, name: &str) -> anyhow::Result<bool> {
        let rule = self.files.alert(name).with_context(|| format!("no alert {name}"))?;
        Ok(!self.prometheus.ask(&rule.expr)?.is_empty())
    }
}
