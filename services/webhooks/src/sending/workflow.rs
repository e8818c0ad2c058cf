//! A run of the sending job: claims what is due, sends several deliveries at once and records their outcomes.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use kit::{
    db::DbError,
    telemetry::spans::{Span, SpanKind},
};
use uuid::Uuid;

use super::{client::Request, signature};
use crate::{
    app::App,
    deliveries::{
        domain::{ClaimedDelivery, Failure, Outcome},
        ops,
        store::claims,
    },
    endpoints::domain::secret_place,
};

/// Attempts under way at once.
const CONCURRENCY: usize = 32;
/// A run claims for this long and then ends with its last attempt, within the time that a shutdown waits.
const CLAIM_FOR: Duration = Duration::from_secs(4);
/// While attempts are under way, the run looks for new work this often.
const POLL_EVERY: Duration = Duration::from_millis(200);

/// An endpoint with attempts under way gets no more until they end, so that a slow one takes no more than its share.
/// When a claim fails, those under way end first: one that is dropped would be sent again.
pub(crate) async fn send_due(app: &App) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut under_way = FuturesUnordered::new();
    let mut busy: HashMap<Uuid, usize> = HashMap::new();
    let mut result = Ok(());
    loop {
        let room = CONCURRENCY.saturating_sub(under_way.len());
        if result.is_ok() && room > 0 && started.elapsed() < CLAIM_FOR {
            let claiming = claim(app, busy.keys().copied().collect(), room);
            let (claimed, done) = meanwhile(claiming, &mut under_way).await;
            for endpoint_id in done {
                release(&mut busy, endpoint_id);
            }
            let claimed = claimed.unwrap_or_else(|error| {
                result = Err(error.into());
                Vec::new()
            });
            for delivery in claimed {
                *busy.entry(delivery.endpoint_id).or_default() += 1;
                under_way.push(deliver(app, delivery));
            }
        }
        let Ok(done) = tokio::time::timeout(POLL_EVERY, under_way.next()).await else { continue };
        let Some(endpoint_id) = done else { return result };
        release(&mut busy, endpoint_id);
    }
}

/// Counts one delivery of the endpoint less.
fn release(busy: &mut HashMap<Uuid, usize>, endpoint_id: Uuid) {
    if let Some(count) = busy.get_mut(&endpoint_id) {
        *count -= 1;
    }
    busy.retain(|_, count| *count > 0);
}

/// Waits for `work` while the deliveries under way continue: they may hold every connection to the database, and `work` waits
/// for one. Also returns the endpoints of the deliveries that ended.
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

async fn claim(app: &App, busy: Vec<Uuid>, room: usize) -> Result<Vec<ClaimedDelivery>, DbError> {
    app.db
        .system_tx("deliveries.claim", async |conn| {
            claims::take(conn, app.kit.ids.next(), &busy, room, app.kit.clock.now()).await
        })
        .await
}

/// When the outcome cannot be recorded, the lease runs out and the delivery is sent again: at least once.
async fn deliver(app: &App, delivery: ClaimedDelivery) -> Uuid {
    let (outcome, took) = attempt(app, &delivery).await;
    let recorded = app
        .db
        .tx("deliveries.finish", delivery.tenant_id, async |conn| {
            let now = app.kit.clock.now();
            ops::finish(conn, app.kit.ids, &delivery, outcome, took, now).await
        })
        .await;
    if let Err(error) = recorded {
        tracing::warn!(delivery = %delivery.id, %error, "failed to record delivery outcome; will resend");
    }
    delivery.endpoint_id
}

/// Makes an attempt in the trace of the event. Its span does not name the receiver, since a partner's URL may hold secrets.
async fn attempt(app: &App, delivery: &ClaimedDelivery) -> (Outcome, Duration) {
    let traceparent = delivery.traceparent.as_deref();
    let span = Span::open(app.kit.service, SpanKind::Client, traceparent, format_args!("POST"));
    span.set("http.request.method", "POST");
    let (outcome, took) = span.run(send(app, delivery)).await;
    if let Some(status) = outcome.status() {
        span.set("http.response.status_code", i64::from(status));
    }
    if let Some(failure) = outcome.error() {
        span.fail(failure.as_str());
    }
    (outcome, took)
}

async fn send(app: &App, delivery: &ClaimedDelivery) -> (Outcome, Duration) {
    let place = secret_place(delivery.endpoint_id);
    let Ok(secret) = app.config.secret_key.open_bytes(place, &delivery.secret) else {
        return (Outcome::failure(Failure::SecretUnreadable), Duration::ZERO);
    };
    let now = app.kit.clock.now();
    let (id, timestamp) = (delivery.event_id.to_string(), now.timestamp());
    let signature = signature::sign(&secret, &id, timestamp, &delivery.body);
    let (url, body) = (delivery.url.as_str(), delivery.body.clone());
    let request = Request { url, id: &id, timestamp, signature: &signature, body };
    app.sender.send(request, now).await
}
