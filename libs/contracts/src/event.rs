//! The face every event shows to the outbox and to consumers, and the table of topics.

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A fact a service records in its outbox. Past tense, versioned by name, additive only.
pub trait Event: Serialize + DeserializeOwned + 'static {
    /// `CloudEvents` type without the `org.folkmoot.` prefix, e.g. `campaigns.action.confirmed.v1`.
    const TYPE: &'static str;
    /// Topic without the installation's prefix: producing service, noun, version.
    const TOPIC: &'static str;

    /// Id of what must stay in order; becomes the Kafka key. Never personal.
    fn key(&self) -> Uuid;

    /// The person whose keys open the sealed fields, when the event has any.
    fn subject(&self) -> Option<Uuid> {
        None
    }
}

/// A Kafka topic as `folkmoot topics` creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Name without the installation's prefix.
    pub name: &'static str,
    /// Number of partitions; the most consumers that can share the work.
    pub partitions: i32,
    /// Longest time a record lives. Topics with sealed fields stay at or under 7 days (architecture §5).
    pub retention_hours: i64,
}

/// Every topic of the suite. A dead-letter topic `<name>.<consumer>.dead` stands beside each, with the same retention.
pub const TOPICS: &[Topic] = &[
    Topic { name: "identity.tenants.v1", partitions: 1, retention_hours: 168 },
    Topic { name: "identity.erasures.v1", partitions: 1, retention_hours: 168 },
    Topic { name: "campaigns.campaigns.v1", partitions: 1, retention_hours: 168 },
    Topic { name: "campaigns.actions.v1", partitions: 4, retention_hours: 168 },
    Topic { name: "campaigns.messages.v1", partitions: 4, retention_hours: 168 },
    Topic { name: "campaigns.erasures.v1", partitions: 1, retention_hours: 168 },
    Topic { name: "messaging.deliveries.v1", partitions: 4, retention_hours: 168 },
    Topic { name: "messaging.erasures.v1", partitions: 1, retention_hours: 168 },
    Topic { name: "retention.erasures.v1", partitions: 1, retention_hours: 168 },
    Topic { name: "retention.expiries.v1", partitions: 4, retention_hours: 168 },
    Topic { name: "webhooks.erasures.v1", partitions: 1, retention_hours: 168 },
];
