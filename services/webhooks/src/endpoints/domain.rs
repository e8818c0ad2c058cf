//! What an endpoint is, and what it may be told.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::sending::guard::{Policy, UrlFault};

/// Endpoints a tenant may have. Two requests at once may go over it by one, which harms nobody.
pub const MAX_ENDPOINTS: i64 = 20;
/// Longest URL.
pub const MAX_URL: usize = 2000;
/// Bytes of a secret (Standard Webhooks: 24 to 64).
pub const SECRET_BYTES: usize = 32;

/// The catalogue of what partners can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// A campaign went live.
    CampaignPublished,
    /// A campaign takes no more actions.
    CampaignClosed,
    /// A supporter confirmed an action.
    ActionConfirmed,
    /// An action lost everything that pointed to a person.
    ActionAnonymised,
    /// What became of a message to a representative.
    DeliveryRecorded,
    /// A person must be forgotten.
    PersonErased,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CampaignPublished,
        Self::CampaignClosed,
        Self::ActionConfirmed,
        Self::ActionAnonymised,
        Self::DeliveryRecorded,
        Self::PersonErased,
    ];

    /// Its public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CampaignPublished => "campaign.published",
            Self::CampaignClosed => "campaign.closed",
            Self::ActionConfirmed => "campaign.action.confirmed",
            Self::ActionAnonymised => "campaign.action.anonymised",
            Self::DeliveryRecorded => "message.delivery.recorded",
            Self::PersonErased => "person.erased",
        }
    }

    /// The type of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A valid request for an endpoint.
#[derive(Debug, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Where.
    pub url: String,
    /// Of what.
    pub event_types: Vec<EventType>,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Longer than [`MAX_URL`].
    UrlTooLong,
    /// Not a URL we send to.
    Url(UrlFault),
    /// No event type.
    NoTypes,
    /// The event type at this place is not in the catalogue.
    UnknownType(usize),
}

impl NewEndpoint {
    /// Parses a request; all faults at once.
    pub fn parse(url: &str, event_types: &[String], policy: &Policy) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let checked = policy.check(url);
        if url.len() > MAX_URL {
            faults.push(Fault::UrlTooLong);
        } else if let Err(fault) = &checked {
            faults.push(Fault::Url(*fault));
        }
        if event_types.is_empty() {
            faults.push(Fault::NoTypes);
        }
        let mut kinds = Vec::new();
        for (at, name) in event_types.iter().enumerate() {
            match EventType::parse(name) {
                Some(kind) if !kinds.contains(&kind) => kinds.push(kind),
                Some(_) => {}
                None => faults.push(Fault::UnknownType(at)),
            }
        }
        match checked {
            Ok(url) if faults.is_empty() => Ok(Self { url: url.to_string(), event_types: kinds }),
            _ => Err(faults),
        }
    }
}

/// An endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its id.
    pub id: Uuid,
    /// Its tenant.
    pub tenant_id: Uuid,
    /// Where.
    pub url: String,
    /// Names of what it is told.
    pub event_types: Vec<String>,
    /// Its secret, wrapped.
    pub secret: Vec<u8>,
    /// Disabled by the receiver's own word (410) only.
    pub disabled_reason: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl Endpoint {
    /// `active` or `disabled`.
    pub fn state(&self) -> &'static str {
        if self.disabled_reason.is_none() { "active" } else { "disabled" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_of_an_endpoint_are_told() {
        let policy = Policy::default();
        let types = ["person.erased".to_owned(), "person.born".to_owned()];
        let faults = NewEndpoint::parse("http://example.org/", &types, &policy).unwrap_err();
        assert_eq!(faults, [Fault::Url(UrlFault::NotHttps), Fault::UnknownType(1)]);
        let faults = NewEndpoint::parse(&"x".repeat(MAX_URL + 1), &[], &policy).unwrap_err();
        assert_eq!(faults, [Fault::UrlTooLong, Fault::NoTypes]);
        let twice = ["campaign.closed".to_owned(), "campaign.closed".to_owned()];
        let endpoint = NewEndpoint::parse("https://example.org/hook?a=b", &twice, &policy).unwrap();
        assert_eq!(endpoint.event_types, [EventType::CampaignClosed]);
    }
}
