//! Events of `messaging`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// What a mail is for; decides whether an unknown outcome may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// To the supporter, with a confirmation link. Sending it twice harms nobody.
    Confirmation,
    /// To a representative. Never sent twice: an unknown outcome is listed for a person to decide.
    Representative,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The next server took responsibility (250 after DATA).
    Sent,
    /// Refused for good.
    Failed,
    /// We cannot know: the process died, or the line broke, between DATA and the answer.
    Unknown,
}

/// The outcome of one mail. That a confirmation mail was sent is not told: nobody needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryRecorded {
    /// The mail: for a representative's message, the `message_id` of `MessageComposed`.
    pub message_id: Uuid,
    /// The action it belongs to.
    pub action_id: Uuid,
    /// Its campaign.
    pub campaign_id: Uuid,
    /// What the mail was for.
    pub kind: MailKind,
    /// What became of it.
    pub state: DeliveryState,
    /// RFC 3463 code or SMTP reply code, when a server gave one.
    pub code: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for DeliveryRecorded {
    const TYPE: &'static str = "messaging.delivery.recorded.v1";
    const TOPIC: &'static str = "messaging.deliveries.v1";
    fn key(&self) -> Uuid {
        self.message_id
    }
}

/// Messaging removed what it held of an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagesErased {
    /// The erasure this answers.
    pub erasure_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
    /// Rows deleted.
    pub rows: i64,
    /// Rows about the person still there, counted by other code than deleted them.
    pub remaining: i64,
}

impl Event for MessagesErased {
    const TYPE: &'static str = "messaging.messages.erased.v1";
    const TOPIC: &'static str = "messaging.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}
