//! What was promised to supporters while things broke, compared with what came out: for chaos on processes and on pods.

pub mod audit;
pub mod supporters;

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use contracts::services;

use self::supporters::Ledger;

/// Work whose time comes later is done now: retries wait for up to 24 hours.
const DUE_NOW: [&str; 2] = [
    "UPDATE webhooks.deliveries SET next_at = now() WHERE state = 'retrying' AND next_at > now()",
    "UPDATE messaging.deliveries SET next_attempt_at = now() WHERE state = 'queued' AND next_attempt_at > now()",
];
/// What must come to nothing, with the query that counts it. A notice that came after the end of what it is about is not sent.
const UNFINISHED: [(&str, &str); 5] = [
    (
        "emails",
        "SELECT count(*) FROM messaging.deliveries WHERE state IN ('queued', 'claimed', 'sending')",
    ),
    (
        "notices",
        "SELECT count(*) FROM webhooks.deliveries d WHERE state IN ('pending', 'delivering', 'retrying') \
         AND NOT EXISTS (SELECT FROM webhooks.ended e WHERE e.id IN (d.action_id, d.subject_id))",
    ),
    (
        "messages whose delivery campaigns does not know",
        "SELECT count(*) FROM campaigns.actions WHERE message_state IN ('waiting', 'composed') AND state <> 'anonymised'",
    ),
    ("erasures", "SELECT count(*) FROM retention.erasures WHERE state <> 'complete'"),
    ("places", "SELECT count(*) FROM campaigns.actions WHERE place_pending"),
];

/// The database of the services, all but the keyring.
pub trait Database {
    /// What a query returns, a row of text columns each.
    fn rows(&self, sql: &str) -> anyhow::Result<Vec<Vec<String>>>;
}

/// One notice as it arrived.
#[derive(Debug, Clone)]
pub struct Notice {
    /// `webhook-id`
    pub id: String,
    /// `type`
    pub kind: String,
    /// `data.action_id`
    pub action_id: String,
}

/// A panic of another thread fails the run anyway.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What supporters and suite have not finished yet, in words. What waits for a retry is made due.
pub fn unfinished(database: &impl Database, ledger: &Ledger) -> anyhow::Result<Vec<String>> {
    for sql in DUE_NOW {
        database.rows(sql)?;
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
        add(what, number(&database.rows(sql)?)?);
    }
    for (service, table) in outboxes(database)? {
        let rows = database.rows(&format!("SELECT count(*) FROM {service}.{table}"))?;
        add(&format!("rows in {service}.{table}"), number(&rows)?);
    }
    Ok(open)
}

/// Outboxes and what is parked, of every service.
fn outboxes(database: &impl Database) -> anyhow::Result<Vec<(String, String)>> {
    let tables = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name IN ('outbox', 'outbox_parked')";
    let rows = database.rows(tables)?;
    let rows = rows.into_iter().filter_map(|row| <[String; 2]>::try_from(row).ok());
    let own = rows.filter(|[schema, _]| services::names().any(|it| it == schema));
    Ok(own.map(|[schema, table]| (schema, table)).collect())
}

/// The one number of a result.
fn number(rows: &[Vec<String>]) -> anyhow::Result<i64> {
    let cell = rows.first().and_then(|row| row.first()).context("no row")?;
    cell.parse().with_context(|| cell.clone())
}
