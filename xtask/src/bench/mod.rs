//! `cargo xtask bench`: builds the suite and the load generator with optimisation, lets the generator measure a suite of
//! its own on parts of its own, and writes what it told as a table to `bench/latest.md` in the target directory.

mod machine;

use std::fs;
use std::path::Path;
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
    /// All of it.
    All,
    /// The peak of a campaign, and what PostgreSQL alone does.
    Signatures,
    /// From the pressed button to the representative's mail.
    Confirmations,
    /// Look-ups with and without the gateway.
    Postcodes,
    /// The postcodes service alone, against nginx.
    Geo,
    /// The idle suite.
    Memory,
}

/// Measures, prints the table and writes it.
pub fn bench(what: What, seconds: u16) -> anyhow::Result<()> {
    setup::setup()?;
    if !packages::wish("wrk") {
        say::problem("wrk is not installed: look-ups are measured with our own generator");
    }
    if !packages::wish("nginx-light") {
        say::problem("nginx is not installed: look-ups are compared with nothing");
    }
    let target = paths::target()?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder).context("failed to create the folder of the results")?;
    build(&folder)?;
    let release = target.join("release");
    let postcodes = directory::ensure("FOLKMOOT_BENCH_POSTCODES", &release.join(BINARY))?;
    let run = paths::run().join(format!("bench-{}", std::process::id()));
    fs::create_dir_all(&run).with_context(|| format!("failed to create {}", run.display()))?;
    let heading = machine::heading()?;
    let measured = measure(&release, &run, &postcodes, what, seconds);
    remove(&run);
    let table = format!("{heading}\n{}", measured?);
    let latest = folder.join("latest.md");
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

fn measure(
    release: &Path,
    run: &Path,
    postcodes: &Path,
    what: What,
    seconds: u16,
) -> anyhow::Result<String> {
    let what = what.to_possible_value().context("nothing to measure")?;
    let mut load = Command::new(release.join(LOAD));
    load.arg(what.get_name())
        .arg(seconds.to_string())
        .env("FOLKMOOT_TEST_BIN", release.join(BINARY))
        .env("FOLKMOOT_TEST_DIR", run)
        .env("FOLKMOOT_BENCH_POSTCODES", postcodes);
    let output = run.join("figures");
    let out = say::step("measure", |step| {
        process::run_shown_for_output(step, LOAD, &mut load, &run.join("load.log"), &output)
    })?;
    Ok(format!("| what | figure |\n|---|---|\n{out}"))
}
