//! What work costs: processor time and write-ahead log. Both depend less on what else the machine does than a rate does.

use std::{fs, ops::Sub, time::Duration};

use anyhow::Context as _;
use xtask::stack::proc_tree::Identity;

use crate::Bench;

/// Fields of `/proc/PID/stat` after the name, counted from 0 (proc(5)): utime and stime, cutime and cstime.
const OWN: usize = 11;
const REAPED: usize = 13;

/// What a suite has used so far, or between two moments.
#[derive(Clone, Copy)]
pub(crate) struct Costs {
    /// Of `folkmoot`.
    pub(crate) suite: Duration,
    /// Of PostgreSQL, all its processes.
    pub(crate) postgres: Duration,
    /// Write-ahead log, in bytes.
    pub(crate) wal: f64,
}

impl Costs {
    pub(crate) fn so_far(bench: &Bench) -> anyhow::Result<Self> {
        let [suite] = bench.suite.pids()[..] else { anyhow::bail!("not one process") };
        let postgres = i32::try_from(bench.suite.stack.postgres.pid())?;
        let all = Identity::of(postgres).context("PostgreSQL has ended")?.tree();
        let ended = ticks(postgres, REAPED)?;
        // One that has ended since is among those of the next look.
        let running: u64 = all.iter().filter_map(|process| ticks(process.pid, OWN).ok()).sum();
        let wal = bench.suite.stack.postgres.sql("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")?;
        Ok(Self {
            suite: time(ticks(i32::try_from(suite)?, OWN)?),
            postgres: time(ended + running),
            wal: wal.trim().parse().with_context(|| wal.clone())?,
        })
    }

    /// Processor time of suite and database.
    pub(crate) fn processor(&self) -> Duration {
        self.suite + self.postgres
    }
}

impl Sub for Costs {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            suite: self.suite.saturating_sub(before.suite),
            postgres: self.postgres.saturating_sub(before.postgres),
            wal: self.wal - before.wal,
        }
    }
}

/// A field of a process and the one after it, in clock ticks.
fn ticks(pid: i32, field: usize) -> anyhow::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat")?;
    let both = fields.split(' ').skip(field).take(2).map(str::parse::<u64>);
    both.sum::<Result<u64, _>>().context("/proc/PID/stat")
}

fn time(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
}
