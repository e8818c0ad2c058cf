//! After the last failure: everything runs, and the suite finishes what it has accepted.

use std::{
    collections::BTreeMap,
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use contracts::services;
use integration_tests::suite::fetch;
use xtask::{interrupt, wait};

use crate::{load::Ledger, report, world::World};

/// How long supporters and the suite may take in all to finish.
const LIMIT: Duration = Duration::from_mins(8);
/// Longer than leases last, and than two measurements of the dead letters are apart: what is done twice shows in it.
const QUIET: Duration = Duration::from_secs(40);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(2);
/// Work whose time comes later is done now: retries wait for up to 24 hours.
const DUE_NOW: [&str; 2] = [
    "UPDATE webhooks.deliveries SET next_at = now() WHERE state = 'retrying' AND next_at > now()",
    "UPDATE messaging.deliveries SET next_attempt_at = now() WHERE state = 'queued' AND next_attempt_at > now()",
];
/// What must come to nothing, with the query that counts it.
const UNFINISHED: [(&str, &str); 4] = [
    (
        "emails",
        "SELECT count(*) FROM messaging.deliveries WHERE state IN ('queued', 'claimed', 'sending')",
    ),
    (
        "notices",
        "SELECT count(*) FROM webhooks.deliveries WHERE state IN ('pending', 'delivering', 'retrying')",
    ),
    (
        "messages whose delivery campaigns does not know",
        "SELECT count(*) FROM campaigns.actions WHERE message_state IN ('waiting', 'composed')",
    ),
    ("places", "SELECT count(*) FROM campaigns.actions WHERE place_pending"),
];

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
    for sql in DUE_NOW {
        world.rows(sql)?;
    }
    let mut open = Vec::new();
    let mut add = |what: &str, count: i64| {
        if count != 0 {
            open.push(format!("{count} {what}"));
        }
    };
    let (all, accepted, confirmed) = ledger.counts();
    add("supporters not accepted", i64::try_from(all - accepted)?);
    add("supporters not confirmed", i64::try_from(accepted - confirmed)?);
    for (what, sql) in UNFINISHED {
        add(what, number(&world.rows(sql)?)?);
    }
    for (service, table) in outboxes(world)? {
        let rows = world.rows(&format!("SELECT count(*) FROM {service}.{table}"))?;
        add(&format!("rows in {service}.{table}"), number(&rows)?);
    }
    for (series, value) in backlog(world) {
        add(&series, value);
    }
    Ok(open)
}

/// Outboxes and what is parked, of every service.
fn outboxes(world: &World) -> anyhow::Result<Vec<(String, String)>> {
    let tables = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name IN ('outbox', 'outbox_parked')";
    let rows = world.rows(tables)?.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok());
    let own = rows.filter(|[schema, _]| services::names().any(|it| it == schema));
    Ok(own.map(|[schema, table]| (schema, table)).collect())
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

/// The one number of a result.
pub(crate) fn number(rows: &[Vec<String>]) -> anyhow::Result<i64> {
    let cell = rows.first().and_then(|row| row.first()).context("no row")?;
    cell.parse().with_context(|| cell.clone())
}
