//! `cargo xtask chaos`: builds the suite and the program that breaks it (integration-tests/src/bin/chaos), and runs it in a
//! folder of its own. docs/reliability.md says what it does and compares.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::stack::{jars, packages, process};
use crate::test::{RunFolder, attend, code, sweep_left_overs};
use crate::up::commands::BINARY;
use crate::{interrupt, paths, say, settings};

/// A binary of the integration tests; its runs lie in folders of this name.
const CHAOS: &str = "chaos";

/// Runs it; its exit code is not 0 if anything was lost, doubled or wrong.
pub fn chaos(minutes: u64, seed: u64, per_second: u32) -> anyhow::Result<ExitCode> {
    sweep_left_overs(CHAOS);
    say::step("check packages", |_| packages::ensure())?;
    say::step("check Apache Kafka's jars", |_| jars::ensure())?;
    if !packages::wish("faketime") {
        say::problem("faketime is not installed: failures with wrong clocks are left out");
    }
    let run = RunFolder::make(CHAOS)?;
    let binaries = build(&run.0)?;
    let suite = settings::var("FOLKMOOT_TEST_BIN").map(PathBuf::from);
    let suite = suite.unwrap_or_else(|| binaries.join(BINARY));
    let mut command = Command::new(binaries.join(CHAOS));
    command.args([minutes.to_string(), seed.to_string(), per_second.to_string()]);
    command.env("FOLKMOOT_TEST_BIN", suite).env("FOLKMOOT_TEST_DIR", &run.0);
    let status = attend(command.spawn().context("failed to start it")?)?;
    interrupt::check()?;
    if !status.success() {
        keep_logs(&run.0, &format!("{seed}-{minutes}"))?;
    }
    Ok(code(status))
}

/// A seed that differs from run to run.
pub fn any_seed() -> anyhow::Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("a clock before 1970")?;
    Ok(now.as_secs())
}

fn build(run: &Path) -> anyhow::Result<PathBuf> {
    say::step("build the suite and what breaks it (dev)", |step| {
        let mut command = paths::cargo();
        command.args(["build", "--locked", "--package", "integration-tests", "--bin", CHAOS]);
        if settings::var("FOLKMOOT_TEST_BIN").is_none() {
            command.args(["--package", BINARY, "--bin", BINARY]);
        }
        process::run_shown(step, "cargo build", &mut command, &run.join("build.log"))?;
        Ok(paths::target()?.join("debug"))
    })
}

/// The logs of a run that found something outlive its folder.
fn keep_logs(run: &Path, name: &str) -> anyhow::Result<()> {
    let kept = paths::target()?.join(CHAOS).join(name);
    fs::create_dir_all(&kept).with_context(|| format!("failed to create {}", kept.display()))?;
    for story in fs::read_dir(run).context("failed to read the run's folder")?.flatten() {
        for log in fs::read_dir(story.path().join("log")).into_iter().flatten().flatten() {
            let _ = fs::copy(log.path(), kept.join(log.file_name()));
        }
    }
    say::problem(format!("the logs are kept in {}", kept.display()));
    Ok(())
}
