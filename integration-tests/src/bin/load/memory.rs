//! What an idle suite holds in memory, and its processor time.

use std::{fs, time::Duration};

use anyhow::Context as _;

use crate::{Bench, Row, costs::Costs};

const IDLE: Duration = Duration::from_secs(10);
/// Over this its processor time is measured.
const MINUTE: Duration = Duration::from_mins(1);

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let [pid] = bench.suite.pids()[..] else { anyhow::bail!("not one process") };
    rest(IDLE);
    let before = Costs::so_far(bench)?;
    let (all, anonymous) = (mebibytes(pid, "Pss:")?, mebibytes(pid, "Pss_Anon:")?);
    rest(MINUTE);
    let idle = Costs::so_far(bench)? - before;
    let cores = |time: Duration| time.as_secs_f64() / MINUTE.as_secs_f64();
    Ok(vec![
        (
            format!(
                "Memory of the idle suite, all nine services, after {} s (PSS)",
                IDLE.as_secs()
            ),
            format!("{all:.0} MiB, of which {anonymous:.0} MiB anonymous"),
        ),
        (
            "Processor time of the idle suite over a minute, in cores: folkmoot / PostgreSQL"
                .to_owned(),
            format!("{:.3} / {:.3}", cores(idle.suite), cores(idle.postgres)),
        ),
    ])
}

/// Does nothing for so long.
fn rest(time: Duration) {
    let until = std::time::Instant::now() + time;
    while std::time::Instant::now() < until {
        xtask::wait::pause();
    }
}

/// A line of a process' memory as the kernel sums it up.
pub(crate) fn mebibytes(pid: u32, line: &str) -> anyhow::Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find(|found| found.starts_with(line)).context("smaps_rollup")?;
    let text = line.split_whitespace().nth(1).context("smaps_rollup")?;
    Ok(f64::from(text.parse::<u32>()?) / 1024.0)
}
