//! Deliveries as contracts publish them.

use chrono::{DateTime, Utc};
use contracts::messaging::{DeliveryRecorded, DeliveryState, EmailKind};

use super::domain::{Identity, Kind, State};

/// The event of an outcome; none for what others need not know: states in progress, and that a supporter was asked to
/// confirm.
pub(super) fn recorded(
    identity: &Identity,
    state: State,
    code: &str,
    at: DateTime<Utc>,
) -> Option<DeliveryRecorded> {
    let state = match state {
        State::Sent if identity.kind == Kind::Confirmation => return None,
        State::Sent => DeliveryState::Sent,
        State::Failed => DeliveryState::Failed,
        State::Unknown => DeliveryState::Unknown,
        _ => return None,
    };
    let kind = match identity.kind {
        Kind::Confirmation => EmailKind::Confirmation,
        Kind::Representative => EmailKind::Representative,
    };
    let Identity { id: message_id, action_id, campaign_id, subject_id, .. } = *identity;
    let (subject_id, code) = (Some(subject_id), Some(code.to_owned()));
    Some(DeliveryRecorded { message_id, action_id, campaign_id, subject_id, kind, state, code, at })
}
