//! The interface of events to the outbox and to consumers, and the table of topics.

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

/// Hours after which Kafka closes a segment of a topic. It deletes whole segments, each by the age of its newest record, so
/// that the oldest record of one lives this much longer than `retention_hours`.
pub const SEGMENT_HOURS: i64 = 24;

/// Retention period of topics whose records must be deleted within seven days of being written: what is left of them after
/// a segment's 24 hours and one hour for the broker to check and delete.
const WITHIN_SEVEN_DAYS: i64 = 143;

/// A Kafka topic as `folkmoot topics` creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Name without the installation's prefix.
    pub name: &'static str,
    /// Number of partitions; the most consumers that can share the work.
    pub partitions: i32,
    /// `retention.ms` in hours: the shortest time a record lives. It is deleted `SEGMENT_HOURS` and the broker's check
    /// later at the latest, which must be within seven days when the topic has sealed fields.
    pub retention_hours: i64,
}

/// Every topic of the suite. Each consumer's dead-letter topic `<name>.<consumer>.dead` has the same retention period.
pub const TOPICS: &[Topic] = &[
    Topic { name: "identity.tenants.v1", partitions: 1, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "identity.erasures.v1", partitions: 1, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "campaigns.campaigns.v1", partitions: 1, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "campaigns.actions.v1", partitions: 4, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "campaigns.messages.v1", partitions: 4, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "campaigns.erasures.v1", partitions: 1, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "messaging.deliveries.v1", partitions: 4, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "messaging.erasures.v1", partitions: 1, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "retention.erasures.v1", partitions: 1, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "retention.expiries.v1", partitions: 4, retention_hours: WITHIN_SEVEN_DAYS },
    Topic { name: "webhooks.erasures.v1", partitions: 1, retention_hours: WITHIN_SEVEN_DAYS },
];
