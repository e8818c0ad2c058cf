//! After the last failure: everything runs, and the suite finishes what it has accepted.

use std::{
    collections::BTreeMap,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use integration_tests::{
    ledger::{self, supporters::Ledger},
    suite::fetch,
};
use xtask::{interrupt, wait};

use crate::{report, world::World};

/// How long supporters and the suite may take in all to finish.
const LIMIT: Duration = Duration::from_mins(8);
/// Longer than leases last, and than two measurements of the dead letters are apart: what is done twice shows in it.
const QUIET: Duration = Duration::from_secs(40);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Waits until everything is finished and stays so. What is not in time is returned.
pub(crate) fn settle(world: &World, ledger: &Ledger) -> anyhow::Result<Vec<String>> {
    let started = Instant::now();
    world.revive()?;
    world.await_ready().context("after the last failure")?;
    report::line("every replica is ready; the suite finishes its work");
    let (mut quiet_since, mut reported) = (None, Instant::now());
    loop {
        interrupt::check()?;
        world.revive()?;
        let open = unfinished(world, ledger)?;
        if !open.is_empty() {
            quiet_since = None;
        } else if quiet_since.get_or_insert_with(Instant::now).elapsed() > QUIET {
            return Ok(open);
        }
        if started.elapsed() > LIMIT {
            ledger.is_given_up.store(true, Relaxed);
            return Ok(open);
        }
        if reported.elapsed() > Duration::from_secs(15) {
            report::line(&format!("unfinished: {}", open.join(", ")));
            reported = Instant::now();
        }
        wait::patiently(LOOK, interrupt::requested);
    }
}

fn unfinished(world: &World, ledger: &Ledger) -> anyhow::Result<Vec<String>> {
    let mut open = ledger::unfinished(world, ledger)?;
    let waiting = backlog(world).into_iter().filter(|(_, value)| *value != 0);
    open.extend(waiting.map(|(series, value)| format!("{value} {series}")));
    Ok(open)
}

/// Lag of consumers and dead letters, as the replicas report them.
fn backlog(world: &World) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    for admin in world.admins() {
        let Ok(text) = fetch(admin, "/metrics") else { continue };
        let lines = text.lines().filter(|line| {
            line.starts_with("folkmoot_consumer_lag_records{")
                || line.starts_with("folkmoot_dead_letters_waiting{")
        });
        for (series, value) in lines.filter_map(|line| line.rsplit_once(' ')) {
            found.insert(series.to_owned(), value.parse().unwrap_or(-1));
        }
    }
    found
}
