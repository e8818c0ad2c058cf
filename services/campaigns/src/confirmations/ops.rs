//! Makes an action count.

use chrono::{DateTime, Utc};
use kit::{
    db::{Conn, DbError},
    events::outbox,
};
use uuid::Uuid;

use super::opened::Opened;
use crate::{
    actions::{
        domain::MessageState,
        events,
        store::{self, Confirmation, Confirmed},
    },
    error::Error,
    messages::{compose::Composed, seal::Outgoing},
};

/// What the edge prepared before the transaction.
pub(super) struct Prepared {
    pub(super) event_id: Uuid,
    pub(super) now: DateTime<Utc>,
    pub(super) outgoing: Option<Outgoing>,
}

/// Whether the action counts now; false when its row changed since it was read.
pub(super) async fn confirm(
    conn: &mut Conn,
    opened: &Opened,
    prepared: &Prepared,
) -> Result<bool, Error> {
    let outgoing = prepared.outgoing.as_ref();
    let confirmation = Confirmation {
        action_id: opened.action.id,
        read_pending: opened.action.place.pending,
        at: prepared.now,
        message_id: outgoing.map(|outgoing| outgoing.event.message_id),
        message_state: message_state(opened),
    };
    match store::confirm(conn, &confirmation).await? {
        Confirmed::Changed => return Ok(false),
        Confirmed::Repeated => return Err(Error::Repeated),
        Confirmed::Now => {}
    }
    let event =
        events::confirmed(&opened.action, opened.subject_id, &opened.campaign, prepared.now);
    let tenant_id = opened.action.tenant_id;
    outbox::push(conn, prepared.event_id, tenant_id, &event).await?;
    if let Some(outgoing) = outgoing {
        outbox::push(conn, outgoing.event_id, tenant_id, &outgoing.event).await?;
    }
    Ok(true)
}

/// Remembers that this link was used, for its own page; nothing counts and nothing is sent.
pub(super) async fn repeat(conn: &mut Conn, action_id: Uuid) -> Result<(), DbError> {
    store::set_repeated(conn, action_id).await?;
    Ok(())
}

/// What the page says of the message: as stored, or as confirming would make it.
pub(super) fn message_state(opened: &Opened) -> Option<MessageState> {
    opened.action.message_state.or(opened.message.as_ref().map(Composed::state))
}
