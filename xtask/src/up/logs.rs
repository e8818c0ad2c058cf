//! `cargo xtask logs NAME`: the end of a process's log, or the lines of one service out of the suite's.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::commands::SERVICES;
use super::control::known_logs;
use super::state::{PARTS, RunDir};
use crate::{interrupt, say, wait};

/// How many lines are shown before following.
const LINES: usize = 200;

/// Shows the last lines of a log, then the new ones as they come if `follow`.
pub fn logs(run: &RunDir, name: &str, follow: bool) -> anyhow::Result<()> {
    let (path, service) = find(run, name)?;
    let file = File::open(&path)
        .with_context(|| format!("{} has no log yet ({})", name, path.display()))?;
    let mut reader = BufReader::new(file);
    let mut last = std::collections::VecDeque::new();
    while let Some(line) = next(&mut reader)? {
        if wanted(&line, service) {
            last.push_back(line);
        }
        if last.len() > LINES {
            last.pop_front();
        }
    }
    for line in &last {
        say::line(line.trim_end());
    }
    while follow && !interrupt::requested() {
        match next(&mut reader)? {
            Some(line) if wanted(&line, service) => say::line(line.trim_end()),
            Some(_) => {}
            None => wait::pause(),
        }
    }
    Ok(())
}

fn find<'a>(run: &RunDir, name: &'a str) -> anyhow::Result<(PathBuf, Option<&'a str>)> {
    if PARTS.contains(&name) {
        return Ok((run.at(name).join(format!("{name}.log")), None));
    }
    if SERVICES.contains(&name) {
        return Ok((run.log("folkmoot"), Some(name)));
    }
    let path = run.log(name);
    if known_logs().any(|known| known == name) || path.exists() {
        return Ok((path, None));
    }
    let known: Vec<&str> = known_logs().chain(SERVICES).collect();
    bail!("there is no log {name}; choose one of {}", known.join(", "))
}

/// Lines are JSON; the service that speaks is named in a field.
fn wanted(line: &str, service: Option<&str>) -> bool {
    service.is_none_or(|service| line.contains(&format!("\"service\":\"{service}\"")))
}

fn next(reader: &mut BufReader<File>) -> anyhow::Result<Option<String>> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes).context("failed to read a log")?;
    Ok((!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}
