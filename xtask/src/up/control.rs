//! `down`, `status`, `reset`: what can be done to a running suite from another terminal.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::Signal;

use super::commands::{ADMIN_PORT, GATEWAY, GATEWAY_PORT};
use super::state::{self, Lock, PARTS, RunDir, UpPorts};
use super::suite;
use crate::stack::proc_tree::Identity;
use crate::stack::process::Process;
use crate::stack::{kafka, port, postgres, redis};
use crate::{say, wait};

/// How long a foreground `up` may take to stop everything.
const GRACE: Duration = Duration::from_mins(1);

/// Everything that may run, in the order in which it stops, and the signal that asks it to.
const PROCESSES: [(&str, Signal); 5] = [
    ("folkmoot", Signal::TERM),
    ("catch-mail", Signal::TERM),
    ("kafka", Signal::TERM),
    ("redis", Signal::TERM),
    ("postgres", Signal::INT),
];

/// Stops everything that runs from this clone.
pub fn down(run: &RunDir) -> anyhow::Result<()> {
    if !run.0.exists() {
        say::line("nothing runs here");
        return Ok(());
    }
    let busy = Lock::try_take(run)?.is_none();
    let _lock = oust(run)?;
    let mut stopped = usize::from(busy);
    for (name, signal) in PROCESSES {
        if let Some(process) = Process::adopt(name, &run.record(name)) {
            say::step(&format!("stop {name}"), |_| process.stopped_by(signal, GRACE).stop())?;
            stopped += 1;
        }
    }
    say::line(if stopped == 0 { "nothing runs here" } else { "everything is stopped" });
    Ok(())
}

/// Stops everything and deletes all data, keys and emails.
pub fn reset(run: &RunDir) -> anyhow::Result<()> {
    down(run)?;
    if run.0.exists() {
        postgres::remove(&run.at("postgres"))?;
        fs::remove_dir_all(&run.0)
            .with_context(|| format!("failed to remove {}", run.0.display()))?;
    }
    say::line("all data of this clone is gone; `cargo xtask up` starts afresh");
    Ok(())
}

/// Prints what runs, and whether it responds.
pub fn status(run: &RunDir) -> anyhow::Result<()> {
    let ports = UpPorts::remembered(run);
    for (name, _) in PROCESSES.into_iter().rev() {
        let process = Process::adopt(name, &run.record(name)).map(|mut process| {
            process.detach();
            process.pid()
        });
        let answers = ports.is_some_and(|ports| answers(name, ports));
        let state = match (process, answers) {
            (Some(pid), true) => format!("running, process {pid}"),
            (Some(pid), false) => format!("not answering, process {pid}"),
            (None, _) => "stopped".to_owned(),
        };
        let port = ports.map_or_else(String::new, |ports| port_of(name, ports).to_string());
        say::line(format!("{name:<12}{port:<8}{state}"));
    }
    if suite::ready(ADMIN_PORT) {
        say::line(format!("the gateway answers at {GATEWAY}"));
    }
    Ok(())
}

fn answers(name: &str, ports: UpPorts) -> bool {
    match name {
        "postgres" => postgres::answers(ports.parts.postgres),
        "redis" => redis::answers(ports.parts.redis),
        "kafka" => kafka::answers(ports.parts.kafka),
        "catch-mail" => port::taken(ports.mail),
        _ => suite::ready(ADMIN_PORT),
    }
}

fn port_of(name: &str, ports: UpPorts) -> u16 {
    match name {
        "postgres" => ports.parts.postgres,
        "redis" => ports.parts.redis,
        "kafka" => ports.parts.kafka,
        "catch-mail" => ports.mail,
        _ => GATEWAY_PORT,
    }
}

/// Takes the lock, by asking whoever holds it to end.
fn oust(run: &RunDir) -> anyhow::Result<Lock> {
    if let Some(lock) = Lock::try_take(run)? {
        return Ok(lock);
    }
    if let Some(holder) = state::holder(run).and_then(Identity::of) {
        holder.signal(Signal::TERM);
    }
    let mut lock = None;
    let free = say::step("stop the `cargo xtask up` of another terminal", |_| {
        Ok(wait::patiently(GRACE, || {
            lock = Lock::try_take(run).ok().flatten();
            lock.is_some()
        }))
    })?;
    match lock {
        Some(lock) if free => Ok(lock),
        _ => {
            bail!("another cargo xtask is still at work in this clone after {} s", GRACE.as_secs())
        }
    }
}

/// The names that have a log.
pub fn known_logs() -> impl Iterator<Item = &'static str> {
    PARTS.into_iter().chain(["folkmoot", "catch-mail"])
}
