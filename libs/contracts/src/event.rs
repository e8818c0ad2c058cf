//! The interface between events and the kit's outbox and consumers, and the table of topics.

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A fact that a service publishes through its outbox. It is named in the past tense with a version, and changes only by
/// additions.
pub trait Event: Serialize + DeserializeOwned + 'static {
    /// `CloudEvents` type without its prefix `org.folkmoot.`, e.g. `campaigns.action.confirmed.v1`.
    const TYPE: &'static str;
    /// Topic without the installation's prefix: producing service, noun, version; e.g. `campaigns.actions.v1`.
    const TOPIC: &'static str;

    /// The id whose events must stay in order, used as the Kafka key. It is never personal.
    fn key(&self) -> Uuid;

    /// The person whose keys open the sealed fields, if there are any.
    fn subject(&self) -> Option<Uuid> {
        None
    }
}

/// Hours after which Kafka closes a segment of a topic. It deletes segments as a whole, by the age of their newest
/// record, so the oldest record of a segment is kept for this much longer than `retention_hours`.
pub const SEGMENT_HOURS: i64 = 24;

/// Retention period, in hours, of topics whose records must be deleted within seven days of being written: seven days
/// minus the 24 hours of a segment and an hour in which the broker checks and deletes.
const WITHIN_SEVEN_DAYS: i64 = 143;

/// A Kafka topic as `folkmoot topics` creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Name without the installation's prefix, e.g. `campaigns.actions.v1`.
    pub name: &'static str,
    /// Number of partitions, which is the largest number of replicas that can share the work.
    pub partitions: i32,
    /// `retention.ms` in hours: the shortest time for which a record is kept. The longest is [`SEGMENT_HOURS`] and the
    /// broker's check more, which must be within seven days if the topic has sealed fields.
    pub retention_hours: i64,
}

/// Every topic of the suite. The dead-letter topic of each consumer, `<name>.<consumer>.dead`, has the same retention
/// period.
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
