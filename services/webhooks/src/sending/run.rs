//! A run: claim what is due, send it, note what became of it; several at once, and no endpoint twice at once over its share.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use kit::db::Conn;
use uuid::Uuid;

use super::{client::Request, signature};
use crate::{
    app::App,
    deliveries::{
        domain::{Claimed, Failure, Outcome},
        ops,
    },
    endpoints::ops::secret_place,
};

/// Attempts under way at once.
const CONCURRENCY: usize = 32;
/// A run claims for so long and then ends with its last attempt, within the time that a stop waits.
const CLAIM_FOR: Duration = Duration::from_secs(4);
/// While attempts are under way, new work is looked for this often.
const LOOK: Duration = Duration::from_millis(200);

/// One run of the sending job.
pub async fn run(app: &App) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut under_way = FuturesUnordered::new();
    let mut busy: HashMap<Uuid, usize> = HashMap::new();
    loop {
        let room = CONCURRENCY.saturating_sub(under_way.len());
        if room > 0 && started.elapsed() < CLAIM_FOR {
            let claiming = claim(app, busy.keys().copied().collect(), room);
            let (claimed, done) = meanwhile(claiming, &mut under_way).await;
            for endpoint_id in done {
                release(&mut busy, endpoint_id);
            }
            for claimed in claimed? {
                *busy.entry(claimed.endpoint_id).or_default() += 1;
                under_way.push(deliver(app, claimed));
            }
        }
        let Ok(done) = tokio::time::timeout(LOOK, under_way.next()).await else { continue };
        let Some(endpoint_id) = done else { return Ok(()) };
        release(&mut busy, endpoint_id);
    }
}

/// One delivery of an endpoint has ended.
fn release(busy: &mut HashMap<Uuid, usize>, endpoint_id: Uuid) {
    if let Some(count) = busy.get_mut(&endpoint_id) {
        *count -= 1;
    }
    busy.retain(|_, count| *count > 0);
}

/// Waits for `work` and lets the deliveries under way go on: they may hold every connection to the database, for one of
/// which `work` waits. Also returns the endpoints of those that ended.
async fn meanwhile<T>(
    work: impl Future<Output = T>,
    under_way: &mut FuturesUnordered<impl Future<Output = Uuid>>,
) -> (T, Vec<Uuid>) {
    let mut work = std::pin::pin!(work);
    let mut done = Vec::new();
    loop {
        tokio::select! {
            result = &mut work => return (result, done),
            Some(endpoint_id) = under_way.next(), if !under_way.is_empty() => done.push(endpoint_id),
        }
    }
}

async fn claim(app: &App, busy: Vec<Uuid>, room: usize) -> anyhow::Result<Vec<Claimed>> {
    Ok(app
        .db
        .system_tx("deliveries.claim", async |conn: &mut Conn| {
            ops::claim(app, conn, &busy, room).await
        })
        .await?)
}

/// Sends one claimed delivery. When its outcome cannot be noted its lease runs out and it is sent again: at least once.
async fn deliver(app: &App, claimed: Claimed) -> Uuid {
    let (outcome, took) = attempt(app, &claimed).await;
    let noted = app
        .db
        .tx("deliveries.finish", claimed.tenant_id, async |conn: &mut Conn| {
            ops::finish(app, conn, &claimed, outcome, took).await
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(delivery = %claimed.id, %error, "failed to record delivery outcome; will resend");
    }
    claimed.endpoint_id
}

async fn attempt(app: &App, claimed: &Claimed) -> (Outcome, Duration) {
    let place = secret_place(claimed.endpoint_id);
    let Ok(secret) = app.secret_key.open_bytes(place, &claimed.secret) else {
        return (Outcome::Failed(Failure::SecretUnreadable), Duration::ZERO);
    };
    let now = app.clock.now();
    let (id, timestamp) = (claimed.event_id.to_string(), now.timestamp());
    let signature = signature::sign(&secret, &id, timestamp, &claimed.body);
    let (url, body) = (claimed.url.as_str(), claimed.body.clone());
    let request = Request { url, id: &id, timestamp, signature: &signature, body };
    app.sender.send(request, now).await
}
