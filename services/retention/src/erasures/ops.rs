//! The commands of an erasure, each within one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::retention::SubjectErased;
use kit::{
    db::{Conn, probe},
    events::outbox,
    id::Ids,
};
use uuid::Uuid;

use super::{
    domain::{self, Acknowledgement, Erasure, State},
    store::{self, acknowledgements},
};
use crate::{
    error::Error,
    receipts::{domain::Receipt, signer::Signer},
    schedules,
};

/// Writes the ledger, before anything is destroyed. Without a person the erasure is complete at once, and so is its receipt.
pub(super) async fn record(
    conn: &mut Conn,
    signer: &Signer,
    mut erasure: Erasure,
) -> Result<(), Error> {
    if erasure.state == State::Complete {
        erasure.receipt = Some(sign(signer, &erasure, &[])?);
    }
    Ok(store::insert(conn, &erasure).await?)
}

/// Records that the keys are destroyed, deletes our own rows and announces the erasure. Does so once, however often it is
/// called.
pub(super) async fn keys_destroyed(
    conn: &mut Conn,
    ids: Ids,
    id: Uuid,
    keys: i64,
    now: DateTime<Utc>,
) -> Result<Erasure, Error> {
    let mut erasure = store::lock(conn, id).await?.ok_or(Error::NoSuchErasure)?;
    let (State::Recorded, Some(subject_id)) = (erasure.state, erasure.subject_id) else {
        return Ok(erasure);
    };
    erasure.state = State::KeysDestroyed;
    erasure.keys = keys;
    erasure.keys_destroyed_at = Some(now);
    store::save(conn, &erasure).await?;
    erase_own(conn, &erasure, subject_id, now).await?;
    announce(conn, ids, &erasure, now).await?;
    Ok(erasure)
}

/// Asks every service to delete, for the first time or again.
pub(super) async fn announce(
    conn: &mut Conn,
    ids: Ids,
    erasure: &Erasure,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(subject_id) = erasure.subject_id else { return Ok(()) };
    let event = SubjectErased { erasure_id: erasure.id, subject_id };
    outbox::push(conn, ids.next(), erasure.tenant_id, &event).await?;
    store::announced(conn, erasure.id, now).await?;
    Ok(())
}

/// Records the acknowledgement of a service, unless the erasure is unknown or complete.
pub(crate) async fn acknowledge(
    conn: &mut Conn,
    erasure_id: Uuid,
    acknowledgement: &Acknowledgement,
) -> Result<(), Error> {
    match store::lock(conn, erasure_id).await? {
        Some(erasure) if erasure.state != State::Complete => {
            acknowledgements::save(conn, &erasure, acknowledgement).await?;
        }
        Some(_) => {}
        None => {
            let service = &acknowledgement.service;
            tracing::warn!(%erasure_id, service, "ignored an acknowledgement for an unknown erasure");
        }
    }
    Ok(())
}

/// Decides the state of an erasure that every service has acknowledged; a complete one gets its receipt.
pub(super) async fn settle(
    conn: &mut Conn,
    signer: &Signer,
    id: Uuid,
    settle: TimeDelta,
    keys_are_destroyed: bool,
    now: DateTime<Utc>,
) -> Result<Erasure, Error> {
    let mut erasure = store::lock(conn, id).await?.ok_or(Error::NoSuchErasure)?;
    let (State::KeysDestroyed | State::Partial, Some(subject_id)) =
        (erasure.state, erasure.subject_id)
    else {
        return Ok(erasure);
    };
    erase_own(conn, &erasure, subject_id, now).await?;
    let all = acknowledgements::by_erasures(conn, &[id]).await?.remove(&id).unwrap_or_default();
    if !keys_are_destroyed {
        // They were destroyed just now, and may still be in caches.
        erasure.keys_destroyed_at = Some(now);
    }
    let settled_from = erasure.settled_from(settle);
    erasure.state = domain::verdict(&all, settled_from, keys_are_destroyed);
    erasure.probed_at = Some(now);
    if erasure.state == State::Complete {
        erasure.completed_at = Some(now);
        erasure.receipt = Some(sign(signer, &erasure, &all)?);
    }
    store::save(conn, &erasure).await?;
    Ok(erasure)
}

/// Deletes our own rows about the person and acknowledges it: a schedule that came late is found here too.
async fn erase_own(
    conn: &mut Conn,
    erasure: &Erasure,
    subject_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let rows = schedules::store::erase(conn, subject_id).await?;
    let acknowledgement = Acknowledgement {
        service: "retention".to_owned(),
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        remaining: probe::remaining(conn, subject_id).await?,
        answered_at: now,
    };
    acknowledgements::save(conn, erasure, &acknowledgement).await?;
    Ok(())
}

fn sign(
    signer: &Signer,
    erasure: &Erasure,
    acknowledgements: &[Acknowledgement],
) -> anyhow::Result<String> {
    Ok(signer.sign(&serde_json::to_vec(&Receipt::new(erasure, acknowledgements))?))
}
