//! `cargo xtask bench`: builds the suite and the load generator with optimisation, lets the generator measure a suite of
//! its own on parts of its own, and writes the figures as a table to `bench/latest.md` in the target directory.

mod machine;
mod revision;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use clap::ValueEnum;

use crate::setup;
use crate::stack::{packages, postgres, process};
use crate::up::commands::BINARY;
use crate::{directory, paths, say};

/// The load generator, a binary of the integration tests.
const LOAD: &str = "load";

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Everything.
    All,
    /// The peak of a campaign, compared with PostgreSQL alone.
    Signatures,
    /// From the press of the button to the representative's email.
    Confirmations,
    /// Postcode look-ups, with and without the gateway.
    Postcodes,
    /// The postcodes service alone, compared with nginx.
    Geo,
    /// The memory of the idle suite, and its processor time.
    Memory,
    /// Memory while people sign, for an hour with `--seconds 3600`.
    Soak,
}

/// What a run needs: the built programs, a folder for the suites, the directory of postcodes.
struct Run {
    release: PathBuf,
    results: PathBuf,
    folder: PathBuf,
    postcodes: PathBuf,
}

/// Measures, prints the table and writes it.
pub fn bench(what: What, seconds: u16) -> anyhow::Result<()> {
    let run = prepare()?;
    let mut load = Command::new(run.release.join(LOAD));
    load.args([&name(what)?, &seconds.to_string()]);
    report(&run, load, "figure")
}

/// Measures this build and another one, a binary or a commit, in alternating rounds, and writes the ratios.
pub fn compare(other: &str, what: What, seconds: u16) -> anyhow::Result<()> {
    let run = prepare()?;
    let other = fs::canonicalize(other).or_else(|_| revision::build(other, &run.results))?;
    // Its format may be another one.
    let postcodes = run.folder.join("other-postcodes.bin");
    let mut import = directory::import(&other, &postcodes)?;
    say::step("import the directory of postcodes by the other build", |step| {
        process::run_shown(step, "import", &mut import, &run.folder.join("import.log"))
    })?;
    let mut load = Command::new(run.release.join(LOAD));
    load.args(["compare", &seconds.to_string(), &name(what)?]);
    load.env("FOLKMOOT_BENCH_OTHER", other).env("FOLKMOOT_BENCH_OTHER_POSTCODES", postcodes);
    report(&run, load, "this build / the other")
}

/// As the load generator knows it.
fn name(what: What) -> anyhow::Result<String> {
    Ok(what.to_possible_value().context("nothing to measure")?.get_name().to_owned())
}

fn prepare() -> anyhow::Result<Run> {
    setup::setup()?;
    if !packages::wish("wrk") {
        say::problem("wrk is not installed: look-ups are measured with our own generator");
    }
    if !packages::wish("nginx-light") {
        say::problem("nginx is not installed: look-ups are compared with nothing");
    }
    let target = paths::target()?;
    let results = target.join("bench");
    fs::create_dir_all(&results).context("failed to create the folder of the results")?;
    build(&results)?;
    let release = target.join("release");
    let postcodes = directory::ensure("FOLKMOOT_BENCH_POSTCODES", &release.join(BINARY))?;
    let folder = paths::run().join(format!("bench-{}", std::process::id()));
    fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create {}", folder.display()))?;
    Ok(Run { release, results, folder, postcodes })
}

fn report(run: &Run, load: Command, column: &str) -> anyhow::Result<()> {
    let heading = machine::heading()?;
    let measured = measure(run, load);
    remove(&run.folder);
    let table = format!("{heading}\n| what | {column} |\n|---|---|\n{}", measured?);
    let latest = run.results.join("latest.md");
    fs::write(&latest, &table).with_context(|| format!("failed to write {}", latest.display()))?;
    say::line(table);
    say::problem(format!("written to {}", latest.display()));
    Ok(())
}

/// The generator's suite ends with it; this is for one that was killed.
fn remove(run: &Path) {
    process::sweep(run);
    for suite in fs::read_dir(run).into_iter().flatten().flatten() {
        let _ = postgres::remove(&suite.path().join("postgres"));
    }
    let _ = fs::remove_dir_all(run);
}

fn build(folder: &Path) -> anyhow::Result<()> {
    say::step("build the suite and the load generator (release)", |step| {
        let mut command = paths::cargo();
        command.args(["build", "--locked", "--release", "--package", BINARY]);
        command.args(["--package", "integration-tests", "--bin", BINARY, "--bin", LOAD]);
        process::run_shown(step, "cargo build", &mut command, &folder.join("build.log"))
    })
}

fn measure(run: &Run, mut load: Command) -> anyhow::Result<String> {
    load.env("FOLKMOOT_TEST_BIN", run.release.join(BINARY))
        .env("FOLKMOOT_TEST_DIR", &run.folder)
        .env("FOLKMOOT_BENCH_POSTCODES", &run.postcodes);
    let (log, output) = (run.folder.join("load.log"), run.folder.join("figures"));
    say::step("measure", |step| process::run_shown_for_output(step, LOAD, &mut load, &log, &output))
}
