//! Deliveries as contracts publish them.

use chrono::{DateTime, Utc};
use contracts::messaging::{self, DeliveryRecorded, DeliverySettled, DeliveryState, EmailKind};

use super::domain::{Decision, Identity, Kind, State, Verdict};

/// The event of an outcome; none for what others need not know: states in progress, that a supporter was asked to confirm,
/// and reports to supporters.
pub(super) fn recorded(
    identity: &Identity,
    state: State,
    code: &str,
    at: DateTime<Utc>,
) -> Option<DeliveryRecorded> {
    let state = match state {
        State::Sent if identity.kind == Kind::Confirmation => return None,
        State::Sent => DeliveryState::Sent,
        // The code says why: it could not be sent, was not to be sent, or there is nothing left to send.
        State::Failed | State::Suppressed | State::Cancelled => DeliveryState::Failed,
        State::Unknown => DeliveryState::Unknown,
        _ => return None,
    };
    let kind = match identity.kind {
        Kind::Confirmation => EmailKind::Confirmation,
        Kind::Representative => EmailKind::Representative,
        Kind::FailureReport => return None,
    };
    let Identity { id: message_id, action_id, campaign_id, subject_id, .. } = *identity;
    let (subject_id, code) = (Some(subject_id), Some(code.to_owned()));
    Some(DeliveryRecorded { message_id, action_id, campaign_id, subject_id, kind, state, code, at })
}

/// The event of a decision about an email whose outcome was unknown.
pub(super) fn settled(verdict: Verdict) -> DeliverySettled {
    let decision = match verdict.decision {
        Decision::Delivered => messaging::Decision::Delivered,
        Decision::SendAgain => messaging::Decision::SendAgain,
    };
    let Verdict { id: message_id, actor_kind, actor_id, at, .. } = verdict;
    DeliverySettled { message_id, decision, actor_kind, actor_id, at }
}
