//! `load [signatures|confirmations|postcodes|geo|memory|soak] [seconds]`, or `load compare seconds [signatures|postcodes]`: the
//! suite under load, as rows of a Markdown table on standard output. `cargo xtask bench` builds it, names the binary and the
//! postcodes file, and writes the table.

mod compare;
mod confirmations;
mod costs;
mod generator;
mod geo;
mod lookups;
mod memory;
mod nginx;
mod postgres;
mod signatures;
mod soak;
mod wrk;

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;
use integration_tests::{
    driver::Driver,
    places,
    suite::{Mode, Suite},
};
use xtask::say;

/// Bounds of what may be asked for, in seconds.
const SECONDS: std::ops::RangeInclusive<u64> = 2..=3600;

/// A running suite, and what to do with it.
struct Bench {
    suite: Suite,
    driver: Driver,
    runtime: tokio::runtime::Runtime,
    time: Duration,
}

/// One row: what was measured, and its figure.
type Row = (String, String);

type Part = fn(&Bench) -> anyhow::Result<Vec<Row>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::problem(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_else(|| "all".to_owned());
    let seconds: u64 = words.next().map_or(Ok(60), |text| text.parse()).context("seconds")?;
    anyhow::ensure!(SECONDS.contains(&seconds), "seconds must be in {SECONDS:?}");
    let time = Duration::from_secs(seconds);
    if what == "compare" {
        return compare::run(time, &words.next().unwrap_or_else(|| "all".to_owned()));
    }
    let bench = start(time)?;
    // The mailbox is small while confirmations are read from it, so the signatures come last.
    let parts: [(&str, Part); 6] = [
        ("memory", memory::run),
        ("postcodes", lookups::run),
        ("geo", geo::run),
        ("confirmations", confirmations::run),
        ("signatures", signatures::run),
        ("soak", soak::run),
    ];
    anyhow::ensure!(
        what == "all" || parts.iter().any(|(name, _)| *name == what),
        "there is nothing called {what} to measure"
    );
    for (name, part) in parts.iter().filter(|(name, _)| what == "all" || what == *name) {
        for (label, figure) in say::step(name, |_| part(&bench))? {
            say::line(format!("| {label} | {figure} |"));
        }
    }
    Ok(())
}

fn start(time: Duration) -> anyhow::Result<Bench> {
    start_build("bench", "FOLKMOOT_TEST_BIN", "FOLKMOOT_BENCH_POSTCODES", time)
}

/// Starts a build that settings name, on the postcodes that it imported.
fn start_build(name: &str, binary: &str, postcodes: &str, time: Duration) -> anyhow::Result<Bench> {
    let (binary, postcodes) = (places::setting(binary)?, places::setting(postcodes)?);
    let settings = [("FOLKMOOT_POSTCODES_FILE", postcodes.as_str())];
    let suite = say::step(&format!("start the suite ({name})"), |_| {
        Suite::start_binary(binary.into(), name, Mode::OneProcess, &settings)
    })?;
    let driver = Driver::of(&suite)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(Bench { suite, driver, runtime, time })
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
