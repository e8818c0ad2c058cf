//! What an idle suite holds in memory.

use std::{fs, time::Duration};

use anyhow::Context as _;

use crate::{Bench, Row};

const IDLE: Duration = Duration::from_secs(10);

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let [pid] = bench.suite.pids()[..] else { anyhow::bail!("not one process") };
    let until = std::time::Instant::now() + IDLE;
    while std::time::Instant::now() < until {
        xtask::wait::pause();
    }
    let (all, anonymous) = (mebibytes(pid, "Pss:")?, mebibytes(pid, "Pss_Anon:")?);
    Ok(vec![(
        format!("Memory of the idle suite, all nine services, after {} s (PSS)", IDLE.as_secs()),
        format!("{all:.0} MiB, of which {anonymous:.0} MiB anonymous"),
    )])
}

/// A line of a process' memory as the kernel sums it up.
pub(crate) fn mebibytes(pid: u32, line: &str) -> anyhow::Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find(|found| found.starts_with(line)).context("smaps_rollup")?;
    let text = line.split_whitespace().nth(1).context("smaps_rollup")?;
    Ok(f64::from(text.parse::<u32>()?) / 1024.0)
}
