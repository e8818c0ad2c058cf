//! What a figure is worth nothing without: the machine, the day and the commit.

use std::fs;
use std::process::Command;
use std::thread;

use anyhow::Context as _;

use crate::paths;

/// The lines above the table.
pub(super) fn heading() -> anyhow::Result<String> {
    let cores = thread::available_parallelism().context("failed to count the cores")?;
    let model =
        field("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| gib(&text)).unwrap_or(0);
    let busy = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let busy = busy.split(' ').next().unwrap_or("unknown");
    let day = output_of("date", &["-u", "+%Y-%m-%d"])?;
    let commit = output_of("git", &["rev-parse", "--short", "HEAD"])?;
    Ok(format!(
        "{day}, commit {commit}, release build; {cores} cores ({model}), {memory} GiB of memory; load generator, suite, \
         PostgreSQL, Redis, Kafka and mail catcher share them, on loopback. Load average before the run: {busy}.\n"
    ))
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn gib(text: &str) -> Option<u64> {
    let kib: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(kib.div_ceil(1024 * 1024))
}

fn output_of(program: &str, words: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(words)
        .current_dir(paths::root())
        .output()
        .with_context(|| format!("failed to run {program}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_in_whole_gib() {
        assert_eq!(gib("24659500 kB"), Some(24));
        assert_eq!(gib("junk"), None);
    }
}
