//! Events of `messaging`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// The purpose of an email, which decides whether it is sent again if its outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailKind {
    /// To the supporter, with the link to confirm. It does no harm to send it twice.
    Confirmation,
    /// To a representative. It is never sent twice: if its outcome is unknown, a person decides.
    Representative,
}

/// The outcome of an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The next mail server accepted it (250 after DATA).
    Sent,
    /// It was rejected permanently.
    Failed,
    /// The process or the connection ended between DATA and the reply, so it may or may not have been accepted.
    Unknown,
}

/// The outcome of an email is known. There is no event for confirmations that were sent, since no service needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryRecorded {
    /// The id of the email; for one to a representative, that of [`MessageComposed`](crate::campaigns::MessageComposed).
    pub message_id: Uuid,
    pub action_id: Uuid,
    pub campaign_id: Uuid,
    /// The supporter. Releases up to 0.1 do not write it.
    #[serde(default)]
    pub subject_id: Option<Uuid>,
    pub kind: EmailKind,
    pub state: DeliveryState,
    /// Enhanced status code (RFC 3463), e.g. `5.1.1`, or SMTP reply code, e.g. `250`, if the server sent one.
    pub code: Option<String>,
    /// When the outcome was recorded.
    pub at: DateTime<Utc>,
}

impl Event for DeliveryRecorded {
    const TYPE: &'static str = "messaging.delivery.recorded.v1";
    const TOPIC: &'static str = "messaging.deliveries.v1";
    fn key(&self) -> Uuid {
        self.message_id
    }
}

/// The code of an email that was not sent since its person's key is destroyed.
pub const NO_KEY: &str = "no_key";

/// What somebody decided about an email whose outcome was unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It counts as sent.
    Delivered,
    /// It is sent again.
    SendAgain,
}

/// A member of staff settled an email whose outcome was unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliverySettled {
    /// The id of the email, as in [`DeliveryRecorded`].
    pub message_id: Uuid,
    pub decision: Decision,
    /// `user`.
    pub actor_kind: String,
    /// The id of the user.
    pub actor_id: Uuid,
    pub at: DateTime<Utc>,
}

impl Event for DeliverySettled {
    const TYPE: &'static str = "messaging.delivery.settled.v1";
    const TOPIC: &'static str = "messaging.deliveries.v1";
    fn key(&self) -> Uuid {
        self.message_id
    }
}

/// `messaging` deleted its data about an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessagesErased {
    /// The erasure of [`SubjectErased`](crate::retention::SubjectErased).
    pub erasure_id: Uuid,
    pub subject_id: Uuid,
    /// The number of rows that were deleted.
    pub rows: i64,
    /// The number of rows about the person that are left, counted by other code than that which deletes; normally 0.
    pub remaining: i64,
}

impl Event for MessagesErased {
    const TYPE: &'static str = "messaging.messages.erased.v1";
    const TOPIC: &'static str = "messaging.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}
