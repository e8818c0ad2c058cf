//! Failures of PostgreSQL that leave it running.

use std::time::Duration;

use anyhow::Context as _;

use super::replica::Replica;
use super::watch::Watch;
use crate::alerts::traffic;
use crate::stack::Postgres;
use crate::stack::process::Process;

/// More than the pool of a service has connections.
const CALLERS: u32 = 40;
/// Somebody has waited at each moment of five minutes.
const EXHAUSTED: Duration = Duration::from_mins(7);
const APPLICATION: &str = "folkmoot-alerts";

/// Somebody's transaction holds a table, until it is mended.
pub(super) struct Locked<'a> {
    postgres: &'a Postgres,
    _process: Process,
}

impl<'a> Locked<'a> {
    pub(super) fn hold(
        watch: &Watch<'_>,
        postgres: &'a Postgres,
        table: &str,
    ) -> anyhow::Result<Self> {
        let mut psql = postgres.psql();
        psql.env("PGAPPNAME", APPLICATION);
        let lock = format!("LOCK TABLE {table}");
        psql.args(["-c", "BEGIN", "-c", &lock, "-c", "SELECT pg_sleep(3600)"]);
        let process = Process::spawn("psql", &mut psql, &watch.run.log("alerts"))?;
        Ok(Self { postgres, _process: process })
    }

    /// As the runbook says: who holds the lock is found and ended.
    pub(super) fn end(self) -> anyhow::Result<()> {
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{APPLICATION}'"
        );
        self.postgres.sql(&end).map(drop).context("failed to end the lock")
    }
}

pub(super) fn locked_table(watch: &Watch<'_>) -> anyhow::Result<()> {
    let postgres = watch.postgres()?;
    let entry = Replica::entry(watch)?;
    let locked = Locked::hold(watch, &postgres, "campaigns.counters")?;
    let calling = traffic::call(&watch.run, &entry.url, CALLERS)?;
    let fired = watch
        .fires(&["FolkmootPoolWaits", "FolkmootTransactionsSlow"])
        .and_then(|()| watch.fires_within(EXHAUSTED, "FolkmootPoolExhausted"));
    drop(calling);
    locked.end()?;
    fired?;
    watch.calms("FolkmootPoolExhausted")
}
