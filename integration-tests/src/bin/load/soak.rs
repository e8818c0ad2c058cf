//! Memory over a long load: whether it grows with what was done.

use integration_tests::driver::Driver;

use crate::{
    Bench, Row, generator,
    memory::mebibytes,
    signatures::{self, CONNECTIONS},
};

/// Signatures each second: 100,000 in an hour.
const RATE: u32 = 28;
/// The load is measured at the end of each of these parts.
const PARTS: u32 = 4;

pub(crate) fn run(bench: &Bench) -> anyhow::Result<Vec<Row>> {
    let [pid] = bench.suite.pids()[..] else { anyhow::bail!("not one process") };
    let idle = mebibytes(pid, "Pss:")?;
    let mut figures = vec![format!("{idle:.0}")];
    let (mut last, mut accepted) = (idle, 0);
    for part in 0..PARTS {
        let (driver, before) = (Driver::of(&bench.suite)?, signatures::caught(bench)?);
        let sign = async |number| signatures::sign(&driver, &format!("soak-{part}"), number).await;
        let open = generator::open(RATE, bench.time / PARTS, CONNECTIONS, sign);
        let done = bench.runtime.block_on(open);
        anyhow::ensure!(done.failed == 0, "signatures failed: {}", done.failures());
        signatures::emails(bench, before, done.accepted)?;
        last = mebibytes(pid, "Pss:")?;
        accepted += done.accepted;
        figures.push(format!("{last:.0}"));
    }
    Ok(vec![
        (
            format!(
                "Memory (PSS) while {RATE} people sign each second, {accepted} in {} s: before, and after each quarter",
                bench.time.as_secs()
            ),
            format!("{} MiB", figures.join(", ")),
        ),
        ("… after it, for each MiB before".to_owned(), format!("{:.2}", last / idle)),
    ])
}
