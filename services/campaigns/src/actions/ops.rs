//! The story of an action: entered, delivered, anonymised, erased. Confirming stands with `confirmations`.

use chrono::{DateTime, Utc};
use futures_util::future::try_join;
use kit::{
    db::{Conn, DbError, probe},
    events::outbox,
    id::Ids,
};
use uuid::Uuid;

use super::{
    domain::{MessageState, Settlement},
    entry::Entry,
    events, forget, store,
};
use crate::messages::seal::Outgoing;

/// Stores an action with its event. Without an entry it stores nothing, and the reply is the same.
pub(super) async fn submit(conn: &mut Conn, entry: Option<&Entry>) -> Result<(), DbError> {
    let Some(entry) = entry else { return Ok(()) };
    let event = outbox::push(conn, entry.event_id, entry.new.action.tenant_id, &entry.event);
    try_join(store::insert(conn, &entry.new), event).await?;
    Ok(())
}

/// A representative's message was sent, refused, or nobody can know.
pub(crate) async fn note_delivery(
    conn: &mut Conn,
    message_id: Uuid,
    state: MessageState,
) -> Result<(), DbError> {
    store::set_delivery(conn, message_id, state).await?;
    Ok(())
}

/// What the job found out about an action that was accepted without its constituency.
pub(crate) struct Resolution {
    pub(crate) settlement: Settlement,
    /// For a confirmed action of a campaign that writes to representatives.
    pub(crate) outgoing: Option<Outgoing>,
}

/// Settles a pending place, and sends the message that waited for it.
pub(crate) async fn settle_place(
    conn: &mut Conn,
    tenant_id: Uuid,
    resolution: Resolution,
) -> Result<(), DbError> {
    if store::settle_place(conn, &resolution.settlement).await? == 0 {
        return Ok(());
    }
    if let Some(outgoing) = resolution.outgoing {
        outbox::push(conn, outgoing.event_id, tenant_id, &outgoing.event).await?;
    }
    Ok(())
}

/// Takes everything that points to a person off an action; its count stays.
pub(crate) async fn anonymise(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    action_id: Uuid,
) -> Result<(), DbError> {
    let anonymised = forget::anonymise(conn, action_id).await?;
    if !anonymised.is_empty() {
        forget::delete_consents(conn, action_id).await?;
    }
    tell_anonymised(conn, ids, tenant_id, &anonymised).await
}

/// Forgets a person: what they did not confirm is deleted, what counts is anonymised.
pub(crate) async fn erase(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    erasure_id: Uuid,
    subject_id: Uuid,
) -> Result<(), DbError> {
    let mut rows = forget::delete_consents_of(conn, subject_id).await?;
    rows += forget::delete_unconfirmed_of(conn, subject_id).await?;
    let anonymised = forget::anonymise_all_of(conn, subject_id).await?;
    rows += anonymised.len();
    tell_anonymised(conn, ids, tenant_id, &anonymised).await?;
    let remaining = probe::remaining(conn, subject_id).await?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let event = events::erased(erasure_id, subject_id, rows, remaining);
    outbox::push(conn, ids.next(), tenant_id, &event).await
}

/// Others know an action by the id it had.
async fn tell_anonymised(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    anonymised: &[forget::Anonymised],
) -> Result<(), DbError> {
    for action in anonymised {
        let event = events::anonymised(action.action_id, action.campaign_id);
        outbox::push(conn, ids.next(), tenant_id, &event).await?;
    }
    Ok(())
}

/// Deletes what nobody confirmed in time, of all tenants; gives the number of rows, for another round.
pub(crate) async fn sweep(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, DbError> {
    forget::delete_expired(conn, now).await
}
