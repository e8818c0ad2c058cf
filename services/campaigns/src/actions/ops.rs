//! Commands on actions: submit, record a delivery, settle a lookup, anonymise, erase. Confirming belongs to
//! `confirmations`.

use chrono::{DateTime, Utc};
use contracts::campaigns::{ActionAnonymised, ActionsErased};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, try_join},
};
use kit::{
    db::{Conn, DbError, probe},
    events::outbox::{self, Outgoing},
    id::Ids,
};
use uuid::Uuid;

use super::{
    domain::{MessageState, NewAction, Settlement, State},
    store::{self, erasure, insertion},
};
use crate::{
    constituencies::domain::Constituency,
    counters,
    departures::{self, domain::Departure},
    messages::events::OutgoingMessage,
};

/// An action with its event, prepared before the transaction.
pub(crate) struct Entry {
    pub(super) new: NewAction,
    /// None for a test: nobody hears of it.
    pub(super) event: Option<Outgoing>,
    /// Where the supporter confirms.
    pub(super) link_url: String,
}

/// Writes actions of one tenant that were submitted at the same moment. What must not be recorded is none, and
/// waits with the others.
pub(crate) fn submit<'a>(
    conn: &'a Conn,
    entries: &'a [Option<Entry>],
) -> BoxFuture<'a, Result<(), DbError>> {
    let (mut new, mut events) = (Vec::new(), Vec::new());
    for entry in entries.iter().flatten() {
        new.push(&entry.new);
        events.extend(&entry.event);
    }
    async move {
        let Some(NewAction { action, .. }) = new.first() else { return Ok(()) };
        let push = outbox::push_all(conn, action.tenant_id, &events);
        try_join(insertion::insert(conn, action.tenant_id, &new), push).await?;
        Ok(())
    }
    .boxed()
}

pub(crate) async fn record_delivery(
    conn: &mut Conn,
    message_id: Uuid,
    state: MessageState,
) -> Result<(), DbError> {
    store::set_delivery(conn, message_id, state).await?;
    Ok(())
}

/// Settles a pending lookup, and sends the message that waited for it, if there is one.
pub(super) async fn settle_lookup(
    conn: &mut Conn,
    tenant_id: Uuid,
    settlement: &Settlement,
    outgoing: Option<OutgoingMessage>,
) -> Result<(), DbError> {
    if store::settle_lookup(conn, settlement).await? == 0 {
        return Ok(());
    }
    if settlement.read_state == State::Confirmed
        && let Some(Constituency { gss_code, .. }) = settlement.lookup.constituency()
    {
        counters::ops::settle(conn, tenant_id, settlement.campaign_id, gss_code).await?;
    }
    if let Some(outgoing) = outgoing {
        outbox::push(conn, outgoing.event_id, tenant_id, &outgoing.event).await?;
    }
    Ok(())
}

/// Removes all that points to a person from an action; its count stays.
pub(crate) async fn anonymise(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    action_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let anonymised = erasure::anonymise(conn, action_id).await?;
    if !anonymised.is_empty() {
        erasure::delete_answers(conn, action_id).await?;
    }
    for subject_id in anonymised.iter().filter_map(|it| it.person) {
        departures::store::upsert(conn, Departure { tenant_id, subject_id }, now).await?;
    }
    push_anonymised(conn, ids, tenant_id, &anonymised).await
}

/// Erases a person: what they did not confirm is deleted, what counts is anonymised.
pub(crate) async fn erase(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    erasure_id: Uuid,
    subject_id: Uuid,
) -> Result<(), DbError> {
    let mut rows = erasure::delete_answers_of_subject(conn, subject_id).await?;
    rows += departures::store::delete(conn, &[subject_id]).await?;
    rows += erasure::delete_unconfirmed_of_subject(conn, subject_id).await?;
    let anonymised = erasure::anonymise_subject(conn, subject_id).await?;
    rows += anonymised.len();
    push_anonymised(conn, ids, tenant_id, &anonymised).await?;
    let remaining = probe::remaining(conn, subject_id).await?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let event = ActionsErased { erasure_id, subject_id, rows, remaining };
    outbox::push(conn, ids.next(), tenant_id, &event).await
}

/// Others know an action by the id it had before.
async fn push_anonymised(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    anonymised: &[erasure::Anonymised],
) -> Result<(), DbError> {
    for &erasure::Anonymised { action_id, campaign_id, .. } in anonymised {
        let event = ActionAnonymised { action_id, campaign_id };
        outbox::push(conn, ids.next(), tenant_id, &event).await?;
    }
    Ok(())
}

/// Deletes a batch of all tenants' actions that were not confirmed in time; returns the number of deleted rows.
pub(crate) async fn sweep(conn: &mut Conn, now: DateTime<Utc>) -> Result<i64, DbError> {
    erasure::delete_expired(conn, now).await
}
