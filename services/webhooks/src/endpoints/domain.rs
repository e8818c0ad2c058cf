//! What an endpoint is, and of what it can be notified.

use chrono::{DateTime, Utc};
use kit::keyring::sealed::SealContext;
use uuid::Uuid;

/// Endpoints of a tenant. Concurrent requests may exceed it by one, which does no harm.
pub(super) const MAX_ENDPOINTS: i64 = 20;
/// Bytes of a secret (Standard Webhooks: 24 to 64).
pub(super) const SECRET_BYTES: usize = 32;

kit::text_enum! {
    /// What partners can be notified of.
    pub(crate) enum EventType {
        CampaignPublished = "campaign.published",
        CampaignClosed = "campaign.closed",
        ActionConfirmed = "campaign.action.confirmed",
        /// An action lost everything that pointed to a person.
        ActionAnonymised = "campaign.action.anonymised",
        /// The outcome of a message to a representative.
        DeliveryRecorded = "message.delivery.recorded",
        PersonErased = "person.erased",
    }
}

impl EventType {
    /// Notices of an end: their bodies hold what is stored nowhere else by then.
    pub(crate) const ENDS: [Self; 2] = [Self::ActionAnonymised, Self::PersonErased];
}

kit::text_enum! {
    pub(super) enum State {
        Active = "active",
        /// By the receiver's own response (410) only.
        Disabled = "disabled",
    }
}

/// The content of a new endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewEndpoint {
    pub(super) url: String,
    pub(super) event_types: Vec<EventType>,
}

pub(super) struct Endpoint {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) url: String,
    /// A newer version may know others than [`EventType`].
    pub(super) event_types: Vec<String>,
    /// Sealed at its [`secret_place`].
    pub(super) secret: Vec<u8>,
    pub(super) state: State,
    pub(super) disabled_reason: Option<String>,
    pub(super) created_at: DateTime<Utc>,
}

impl Endpoint {
    pub(super) fn new(
        id: Uuid,
        tenant_id: Uuid,
        new: NewEndpoint,
        secret: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Self {
        let NewEndpoint { url, event_types } = new;
        let event_types = event_types.into_iter().map(|it| it.as_str().to_owned()).collect();
        let (state, disabled_reason, created_at) = (State::Active, None, now);
        Self { id, tenant_id, url, event_types, secret, state, disabled_reason, created_at }
    }
}

/// The place that the sealing of an endpoint's secret is bound to.
pub(crate) fn secret_place(id: Uuid) -> SealContext<'static> {
    SealContext::Row { table: "endpoints", column: "secret", id }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../../../docs/webhooks.md");

    #[test]
    fn the_guide_lists_every_event_type() {
        for event_type in EventType::ALL {
            let row = format!("\n| `{}` | ", event_type.as_str());
            assert!(GUIDE.contains(&row), "{event_type:?}");
        }
        let is_row = |line: &&str| line.starts_with("| `") && !line.contains("`type`");
        assert_eq!(GUIDE.lines().filter(is_row).count(), EventType::ALL.len(), "and no other");
    }
}
