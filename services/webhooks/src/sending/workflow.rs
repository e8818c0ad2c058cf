//! A run of the sending job: claims what is due, sends several deliveries at once and records their outcomes.

use std::time::Duration;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use kit::{
    db::DbError,
    telemetry::spans::{Span, SpanKind},
};

use super::{client::Request, places::Place, signature};
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
const CONCURRENCY: usize = 512;
/// While attempts are under way, the run looks for new work this often.
const POLL_EVERY: Duration = Duration::from_millis(200);

/// Sends what is due until nothing is due and nothing is under way. An endpoint that hangs takes up its own places only, and
/// delays nothing else. At a stop nothing more is claimed: attempts end within the time that a shutdown waits. When a claim
/// fails, those under way end first: one that is dropped would be sent again.
pub(crate) async fn send_due(app: &App) -> anyhow::Result<()> {
    let mut under_way = FuturesUnordered::new();
    let mut result = Ok(());
    loop {
        let room = CONCURRENCY.saturating_sub(under_way.len());
        if result.is_ok() && room > 0 && !app.kit.stop.is_cancelled() {
            let claimed = meanwhile(claim(app, room), &mut under_way).await;
            let claimed = claimed.unwrap_or_else(|error| {
                result = Err(error.into());
                Vec::new()
            });
            for delivery in claimed {
                let place = app.places.take(delivery.endpoint_id);
                under_way.push(deliver(app, delivery, place));
            }
        }
        if let Ok(None) = tokio::time::timeout(POLL_EVERY, under_way.next()).await {
            return result;
        }
    }
}

/// Waits for `work` while the deliveries under way continue: they may hold every connection to the database, and `work` waits
/// for one.
async fn meanwhile<T>(
    work: impl Future<Output = T>,
    under_way: &mut FuturesUnordered<impl Future<Output = ()>>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            Some(()) = under_way.next(), if !under_way.is_empty() => {}
        }
    }
}

async fn claim(app: &App, room: usize) -> Result<Vec<ClaimedDelivery>, DbError> {
    app.db
        .system_tx("deliveries.claim", async |conn| {
            let (claim, now) = (app.kit.ids.next(), app.kit.clock.now());
            claims::take(conn, claim, &app.places.shares(), room, now).await
        })
        .await
}

/// When the outcome cannot be recorded, the lease runs out and the delivery is sent again: at least once.
async fn deliver(app: &App, delivery: ClaimedDelivery, place: Place<'_>) {
    let (outcome, took) = attempt(app, &delivery).await;
    place.end(outcome.error().is_none());
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
