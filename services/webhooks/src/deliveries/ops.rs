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
    domain::{Attempt, BODY_LIFE, ClaimedDelivery, DELIVERY_LIFE, Next, Notice, Outcome, State},
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
    for endpoint_id in endpoints::store::subscribed(conn, notice.event_type).await? {
        store::insert(conn, ids.next(), endpoint_id, notice, now).await?;
    }
    Ok(())
}

/// Acknowledges an erasure. No row here names a person: payloads have ids of actions and campaigns only, and the notice of the
/// erasure itself loses its body once it is delivered. The probe proves it from the catalogue.
pub(crate) async fn erase(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    erased: &SubjectErased,
) -> Result<(), Error> {
    let SubjectErased { erasure_id, subject_id } = *erased;
    let remaining = probe::remaining(conn, subject_id).await?;
    let event = DeliveriesErased { erasure_id, subject_id, rows: 0, remaining };
    Ok(outbox::push(conn, ids.next(), tenant_id, &event).await?)
}

/// Records an attempt and decides what happens next. When the delivery no longer belongs to this sender (cancelled, or its
/// lease ran out) only the attempt is recorded.
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
    store::attempts::insert(conn, ids.next(), delivery, &attempt).await?;
    let (state, next_at) = match next {
        Next::Delivered => (State::Delivered, None),
        Next::RetryAt(at) => (State::Retrying, Some(at)),
        Next::Dead | Next::Gone => (State::Dead, None),
    };
    store::finish(conn, delivery, &attempt, state, next_at).await?;
    if next == Next::Gone {
        store::cancel(conn, delivery.endpoint_id, now).await?;
    }
    Ok(())
}

/// Deletes old bodies, and older deliveries altogether.
pub(crate) async fn clean(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), Error> {
    store::delete_bodies(conn, now - BODY_LIFE).await?;
    store::delete_before(conn, now - DELIVERY_LIFE).await?;
    Ok(())
}
