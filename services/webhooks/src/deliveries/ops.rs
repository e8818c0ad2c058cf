//! The story of a delivery: queued, claimed, finished; and what is forgotten.

use std::time::Duration;

use kit::{
    db::{Conn, probe},
    events::outbox,
};
use uuid::Uuid;

use super::{
    domain::{self, BODY_LIFE, Claimed, LEASE, LISTED, Next, Notice, Outcome, State},
    events, store,
};
use crate::{app::App, endpoints, error::Error};

/// Queues a notice for every endpoint of the tenant that wants it; once, however often the event comes.
pub async fn fan_out(app: &App, conn: &mut Conn, notice: &Notice) -> Result<(), Error> {
    let now = app.clock.now();
    for endpoint_id in endpoints::store::wanting(conn, notice.kind.name()).await? {
        store::insert(conn, app.ids.next(), endpoint_id, notice, now).await?;
    }
    Ok(())
}

/// Answers an erasure. No row here names a person: payloads have ids of actions and campaigns only, and the notice of the
/// erasure itself loses its body once it is delivered. The probe says so from the catalogue, not from this comment.
pub async fn erase(
    app: &App,
    conn: &mut Conn,
    tenant_id: Uuid,
    erasure_id: Uuid,
    subject_id: Uuid,
) -> Result<(), Error> {
    let remaining = probe::remaining(conn, subject_id).await?;
    let event = events::deliveries_erased(erasure_id, subject_id, 0, remaining);
    outbox::push(conn, app.ids.next(), tenant_id, &event).await?;
    Ok(())
}

/// Claims what is due, of endpoints that are not busy.
pub async fn claim(
    app: &App,
    conn: &mut Conn,
    busy: &[Uuid],
    room: usize,
) -> Result<Vec<Claimed>, Error> {
    let now = app.clock.now();
    let room = i64::try_from(room).unwrap_or_default();
    Ok(store::claim(conn, now, now + LEASE, app.ids.next(), busy, room).await?)
}

/// Notes what came of an attempt and what happens next. When the delivery is no longer this sender's (cancelled, or its
/// lease ran out) only the attempt is noted.
pub async fn finish(
    app: &App,
    conn: &mut Conn,
    claimed: &Claimed,
    outcome: Outcome,
    took: Duration,
) -> Result<(), Error> {
    let now = app.clock.now();
    let [jitter] = app.ids.bytes();
    let next = domain::after(outcome, claimed.tries, now, jitter);
    store::insert_attempt(conn, app.ids.next(), claimed, outcome, now, took).await?;
    let (state, next_at) = match next {
        Next::Delivered => (State::Delivered, None),
        Next::RetryAt(at) => (State::Retrying, Some(at)),
        Next::Dead | Next::Gone => (State::Dead, None),
    };
    store::finish(conn, claimed, outcome, state, next_at, now).await?;
    if next == Next::Gone {
        endpoints::ops::disable(app, conn, claimed.endpoint_id, "gone").await?;
    }
    Ok(())
}

/// Forgets old bodies, and older deliveries altogether.
pub async fn clean(app: &App, conn: &mut Conn) -> Result<(), Error> {
    let now = app.clock.now();
    store::forget_bodies(conn, now - BODY_LIFE).await?;
    store::remove_before(conn, now - LISTED).await?;
    Ok(())
}
