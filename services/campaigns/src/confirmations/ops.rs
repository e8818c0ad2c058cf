//! Makes an action count.

use chrono::{DateTime, Utc};
use kit::{
    db::{Conn, DbError},
    events::outbox,
};
use uuid::Uuid;

use super::domain::ConfirmationContext;
use crate::{
    actions::{
        domain::{Confirmation, ConfirmationOutcome},
        events, store,
    },
    campaigns,
    constituencies::domain::ConstituencyLookup,
    error::Error,
    messages::{composition::Composition, events::OutgoingMessage},
};

/// Whether the action counts now; false if its row changed since it was read.
pub(super) async fn confirm(
    conn: &mut Conn,
    context: &ConfirmationContext,
    outgoing: Option<&OutgoingMessage>,
    event_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let ConfirmationContext { action, campaign, supporter, composition, .. } = context;
    // A live campaign needs no lock on the hot path: even if it is closed now, its grace outlasts this transaction.
    if !campaign.is_live() && !campaigns::store::hold_grace(conn, campaign.id).await? {
        return Err(Error::CampaignClosed);
    }
    let confirmation = Confirmation {
        action_id: action.id,
        read_pending: action.lookup == ConstituencyLookup::Pending,
        confirmed_at: now,
        message_id: outgoing.map(|outgoing| outgoing.event.message_id),
        message_state: composition.as_ref().map(Composition::state),
    };
    match store::confirm(conn, &confirmation).await? {
        ConfirmationOutcome::Changed => return Ok(false),
        ConfirmationOutcome::Repeated => return Err(Error::Repeated),
        ConfirmationOutcome::Confirmed => {}
    }
    let event = events::confirmed(action, supporter.subject_id, campaign, now);
    outbox::push(conn, event_id, action.tenant_id, &event).await?;
    if let Some(outgoing) = outgoing {
        outbox::push(conn, outgoing.event_id, action.tenant_id, &outgoing.event).await?;
    }
    Ok(true)
}

/// Records that this link was used, for its own page; nothing counts and nothing is sent.
pub(super) async fn repeat(conn: &mut Conn, action_id: Uuid) -> Result<(), DbError> {
    store::set_repeated(conn, action_id).await?;
    Ok(())
}
