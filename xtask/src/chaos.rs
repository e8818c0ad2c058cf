//! `cargo xtask chaos`: builds the suite and the program that breaks it (integration-tests/src/bin/chaos), and runs it in a
//! folder of its own. docs/reliability.md says what it does and compares.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::ValueEnum;

use crate::program::Program;
use crate::stack::packages;
use crate::test::code;
use crate::{paths, say};

/// A binary of the integration tests; its runs lie in folders of this name.
const CHAOS: &str = "chaos";

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Everything, in every way.
    All,
    /// Everything is killed, and the mail relay misbehaves, while people sign, confirm and are erased.
    Signing,
}

/// Runs it; its exit code is not 0 if anything was lost, doubled or wrong.
pub fn chaos(what: What, minutes: u64, seed: u64, per_second: u32) -> anyhow::Result<ExitCode> {
    let program = Program::build(CHAOS, ("dev", "debug"))?;
    if !packages::wish("faketime") {
        say::problem("faketime is not installed: failures with wrong clocks are left out");
    }
    let what = what.to_possible_value().context("nothing to break")?.get_name().to_owned();
    let numbers = [minutes, seed, u64::from(per_second)].map(|it| it.to_string());
    let status = program.run(&[std::slice::from_ref(&what), &numbers[..]].concat())?;
    if !status.success() {
        keep_logs(&program.folder.0, &format!("{what}-{seed}-{minutes}"))?;
    }
    Ok(code(status))
}

/// A seed that differs from run to run.
pub fn any_seed() -> anyhow::Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("a clock before 1970")?;
    Ok(now.as_secs())
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
