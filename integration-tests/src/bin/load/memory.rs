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
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let kib = |name: &str| {
        let line = rollup.lines().find(|line| line.starts_with(name)).context("smaps_rollup")?;
        let text = line.split_whitespace().nth(1).context("smaps_rollup")?;
        Ok::<f64, anyhow::Error>(text.parse::<u32>()?.into())
    };
    let anonymous = kib("Pss_Anon:")? / 1024.0;
    Ok(vec![(
        format!("Memory of the idle suite, all nine services, after {} s (PSS)", IDLE.as_secs()),
        format!("{:.0} MiB, of which {anonymous:.0} MiB anonymous", kib("Pss:")? / 1024.0),
    )])
}
