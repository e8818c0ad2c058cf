//! Failures, as they are made and ended.

use std::{
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use integration_tests::ledger::lock;
use kit::id::Ids;
use rustix::process::Signal;
use xtask::{interrupt, wait};

use crate::{
    report,
    schedule::{Failure, Slot},
    world::{PATIENCE, Replica, World, faketime},
};

/// A storm's replica lives for so long.
const STORM: Duration = Duration::from_secs(4);

/// Runs a schedule, and returns the failures that could not be made as planned.
pub(crate) fn run(world: &World, slots: &[Slot]) -> anyhow::Result<Vec<String>> {
    let started = Instant::now();
    let mut left_out = Vec::new();
    for slot in slots {
        let due = Duration::from_secs(slot.at).saturating_sub(started.elapsed());
        rest(due)?;
        let outcomes: Vec<_> = thread::scope(|scope| {
            let make = |(failure, seconds): &(Failure, u64)| {
                let (failure, length) = (*failure, Duration::from_secs(*seconds));
                scope.spawn(move || (failure, make(world, failure, length)))
            };
            let threads: Vec<_> = slot.failures.iter().map(make).collect();
            threads.into_iter().filter_map(|it| it.join().ok()).collect()
        });
        anyhow::ensure!(outcomes.len() == slot.failures.len(), "a failure's thread panicked");
        for (failure, outcome) in outcomes {
            interrupt::check()?;
            if let Err(error) = outcome {
                report::line(&format!("left out: {failure}: {error:#}"));
                left_out.push(format!("{failure}: {error:#}"));
            }
        }
        world.revive()?;
        rest(Duration::from_secs(slot.calm))?;
    }
    Ok(left_out)
}

fn rest(time: Duration) -> anyhow::Result<()> {
    wait::patiently(time, interrupt::requested);
    interrupt::check()
}

fn make(world: &World, failure: Failure, length: Duration) -> anyhow::Result<()> {
    report::line(&format!("begins: {failure}, {} s", length.as_secs()));
    let outcome = match failure {
        Failure::Kill(part) => {
            world.kill(part)?;
            // It starts again even when the run is interrupted: parts stop gently only if they run.
            let rested = rest(length);
            world.start_again(part).and(rested)
        }
        Failure::Pause(part) => {
            let identity = world.identity(part)?;
            identity.signal(Signal::STOP);
            let rested = rest(length);
            identity.signal(Signal::CONT);
            rested
        }
        Failure::Link(name, trouble) => world.links.get(name).map_or(Ok(()), |link| {
            link.set(Some(trouble));
            let rested = rest(length);
            link.set(None);
            rested
        }),
        Failure::Roll(service) => roll(world, service),
        Failure::Storm(service, number) => storm(world, world.replica(service, number)?, length),
        Failure::Skew(service, number, seconds) => {
            skew(world, world.replica(service, number)?, seconds, length)
        }
        Failure::NewKek => new_kek(world),
    };
    report::line(&format!("ends: {failure}"));
    outcome
}

/// One replica after the other, as a Deployment that may lack one.
fn roll(world: &World, service: &str) -> anyhow::Result<()> {
    for replica in world.replicas_of(service) {
        replica.stop()?;
        world.start_replica(replica, &[])?;
        replica.await_ready()?;
    }
    Ok(())
}

/// One replica of a service that crashes all the time, for so long.
pub(crate) fn crash_loop(
    world: &World,
    (service, number): (&str, usize),
    length: Duration,
) -> anyhow::Result<()> {
    storm(world, world.replica(service, number)?, length)
}

fn storm(world: &World, replica: &Replica, length: Duration) -> anyhow::Result<()> {
    let started = Instant::now();
    while started.elapsed() < length {
        replica.kill()?;
        world.start_replica(replica, &[])?;
        rest(STORM)?;
    }
    Ok(())
}

fn skew(world: &World, replica: &Replica, seconds: i64, length: Duration) -> anyhow::Result<()> {
    let library =
        faketime().ok_or_else(|| anyhow::anyhow!("Debian's faketime is not installed"))?;
    replica.kill()?;
    let clock = [
        ("LD_PRELOAD", library.to_owned()),
        ("FAKETIME", format!("{seconds:+}s")),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    world.start_replica(replica, &clock)?;
    let ready = replica.await_ready();
    let rested = rest(length);
    replica.kill()?;
    world.start_replica(replica, &[])?;
    ready.and(rested)
}

/// The three rollouts of docs/operations.md, "Replacing keys".
fn new_kek(world: &World) -> anyhow::Result<()> {
    let old = lock(&world.keks).clone();
    let version: u32 = old.split(':').next().unwrap_or_default().parse()?;
    let next = version + 1;
    let new = format!("{next}:{}", STANDARD.encode(Ids.bytes::<32>()));
    let rollout = |keks: String| {
        *lock(&world.keks) = keks;
        roll(world, "keyring")
    };
    rollout(format!("{old},{new}"))?;
    rollout(format!("{new},{old}"))?;
    let waiting = format!(
        "SELECT (SELECT count(*) FROM keyring.data_keys WHERE kek_version <> {next} AND wrapped IS NOT NULL) \
         + (SELECT count(*) FROM keyring.index_keys WHERE kek_version <> {next})"
    );
    wait::until("the job `rewrap`", PATIENCE, || {
        // PostgreSQL may be down: the question is asked again.
        Ok(world.rows_in("folkmoot_keyring", &waiting).is_ok_and(|it| it == [["0"]]))
    })?;
    rollout(new)
}
