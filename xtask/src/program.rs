//! A program of the integration tests that runs suites of its own, outside `cargo test`: what breaks one, what measures one.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::Context as _;

use crate::stack::{jars, packages, process};
use crate::test::{RunFolder, attend, sweep_left_overs};
use crate::up::commands::BINARY;
use crate::{interrupt, paths, say, settings};

/// A built program, and the folder of its run, which is gone with all that still runs from it when dropped.
pub(crate) struct Program {
    pub(crate) folder: RunFolder,
    binary: PathBuf,
    suite: PathBuf,
}

impl Program {
    /// Builds it, and the suite unless the environment names one, with a profile of cargo: its name, and its folder.
    pub(crate) fn build(name: &str, profile: (&str, &str)) -> anyhow::Result<Self> {
        sweep_left_overs(name);
        say::step("check packages", |_| packages::ensure())?;
        say::step("check Apache Kafka's jars", |_| jars::ensure())?;
        let folder = RunFolder::make(name)?;
        build(name, profile.0, &folder.0)?;
        let binaries = paths::target()?.join(profile.1);
        let suite = settings::var("FOLKMOOT_TEST_BIN").map(PathBuf::from);
        let suite = suite.unwrap_or_else(|| binaries.join(BINARY));
        Ok(Self { folder, binary: binaries.join(name), suite })
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[String]) -> anyhow::Result<ExitStatus> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).env("FOLKMOOT_TEST_BIN", &self.suite);
        command.env("FOLKMOOT_TEST_DIR", &self.folder.0);
        let status = attend(command.spawn().context("failed to start it")?)?;
        interrupt::check()?;
        Ok(status)
    }
}

fn build(name: &str, profile: &str, folder: &Path) -> anyhow::Result<()> {
    say::step(&format!("build the suite and {name} ({profile})"), |step| {
        let mut command = paths::cargo();
        command.args(["build", "--locked", "--profile", profile]);
        command.args(["--package", "integration-tests", "--bin", name]);
        if settings::var("FOLKMOOT_TEST_BIN").is_none() {
            command.args(["--package", BINARY, "--bin", BINARY]);
        }
        process::run_shown(step, "cargo build", &mut command, &folder.join("build.log"))
    })
}
