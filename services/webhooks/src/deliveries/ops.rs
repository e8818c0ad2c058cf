//! The life of a delivery: queued, finished, deleted.

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::{retention::SubjectErased, webhooks::DeliveriesErased};
use kit::{
    db::{Conn, probe},
    events::outbox,
    id::Ids,
};
use uuid::Uuid;

use super::{
    domain::{
        Attempt, BODY_LIFE, ClaimedDelivery, DELIVERY_LIFE, ENDED_LIFE, LAST_AFTER, Next, Notice,
        Outcome, State,
    },
    store,
};
use crate::{endpoints, error::Error};

/// Queues a notice for every endpoint of the tenant that wants it; once, however often the event comes.
pub(crate) async fn fan_out(
    conn: &mut Conn,
    ids: Ids,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    queue(conn, ids, notice, now, now).await
}

/// Ends an action or a person: deletes the deliveries about it, also those under way, whose attempts are not repeated, and
/// queues the notice of the end, so that it is the last. Returns the number of deleted deliveries.
pub(crate) async fn end(
    conn: &mut Conn,
    ids: Ids,
    ended: Uuid,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    endpoints::store::hold_all(conn).await?;
    store::ended::insert(conn, ended, notice.tenant_id, now).await?;
    let rows = store::delete_about(conn, ended).await?;
    queue(conn, ids, notice, now + LAST_AFTER, now).await?;
    Ok(rows)
}

async fn queue(
    conn: &mut Conn,
    ids: Ids,
    notice: &Notice,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for endpoint_id in endpoints::store::subscribed(conn, notice.event_type).await? {
        store::insert(conn, ids.next(), endpoint_id, notice, due_at, now).await?;
    }
    Ok(())
}

/// Acknowledges an erasure whose deliveries are deleted. The notice of the erasure itself loses its body, which names the
/// person, once it is delivered; the probe proves from the catalogue that no other row does.
pub(crate) async fn acknowledge(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    erased: &SubjectErased,
    rows: usize,
) -> Result<(), Error> {
    let SubjectErased { erasure_id, subject_id } = *erased;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let remaining = probe::remaining(conn, subject_id).await?;
    let event = DeliveriesErased { erasure_id, subject_id, rows, remaining };
    Ok(outbox::push(conn, ids.next(), tenant_id, &event).await?)
}

/// Records an attempt and decides what happens next. When the delivery no longer belongs to this sender (cancelled, or its
/// lease ran out) only the attempt is recorded; when it is deleted, since what it was about has ended, nothing is.
pub(crate) async fn finish(
    conn: &mut Conn,
    ids: Ids,
    delivery: &ClaimedDelivery,
    outcome: Outcome,
    took: Duration,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let [jitter] = ids.bytes();
    let next = Next::after(outcome, delivery.tries, now, jitter);
    let attempt = Attempt::new(outcome, now, took);
    if next == Next::Gone {
        // The endpoint is locked first, here as where it is deleted: two attempts that end at once would otherwise each hold
        // their own delivery and wait for the other's.
        endpoints::store::disable(conn, delivery.endpoint_id, "gone").await?;
    }
    let (state, next_at) = match next {
        Next::Delivered => (State::Delivered, None),
        Next::RetryAt(at) => (State::Retrying, Some(at)),
        Next::Dead | Next::Gone => (State::Dead, None),
    };
    let is_ours = store::finish(conn, delivery, &attempt, state, next_at).await? > 0;
    if !is_ours && !store::hold(conn, delivery.id).await? {
        return Ok(());
    }
    store::attempts::insert(conn, ids.next(), delivery, &attempt).await?;
    if next == Next::Gone {
        store::cancel(conn, delivery.endpoint_id, now).await?;
    }
    Ok(())
}

/// Deletes old bodies, older deliveries altogether, and what came late about something that has ended.
pub(crate) async fn clean(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), Error> {
    store::ended::delete_late(conn).await?;
    store::ended::delete_before(conn, now - ENDED_LIFE).await?;
    store::delete_bodies(conn, now - BODY_LIFE).await?;
    store::delete_before(conn, now - DELIVERY_LIFE).await?;
    Ok(())
}
