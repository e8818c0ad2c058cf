//! Programs that speak to the cluster. A warning of theirs counts as a failure.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use xtask::{interrupt, settings, wait};

/// Runs a program and returns what it prints.
pub(crate) fn run(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    run_with(program, arguments, "")
}

/// The same with standard input.
pub(crate) fn run_with(program: &str, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to start {program}"))?;
    child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let asked = || format!("{program} {}", arguments.join(" "));
    ensure!(output.status.success(), "{}: {errors}", asked());
    ensure!(!errors.to_lowercase().contains("warning"), "{}: {errors}", asked());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A setting that `cargo xtask cluster check` makes.
pub(crate) fn setting(name: &str) -> anyhow::Result<String> {
    settings::var(name)
        .with_context(|| format!("{name} is not set; run: cargo xtask cluster check"))
}

/// Waits, unless it is interrupted.
pub(crate) fn rest(time: Duration) -> anyhow::Result<()> {
    wait::patiently(time, interrupt::requested);
    interrupt::check()
}
