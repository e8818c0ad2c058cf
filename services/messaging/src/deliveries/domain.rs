//! What a delivery can be.

pub(crate) mod outcome;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// How long a claim lasts without renewal.
pub(crate) const LEASE_SECONDS: i64 = 15;
/// Code of a delivery about which somebody decided.
pub(crate) const DECIDED: &str = "decided";
/// Wait between two confirmation emails to one person about one campaign.
const REPEAT_AFTER: Duration = Duration::minutes(5);
/// Confirmation emails to one person within a day, beyond which none about the same campaign is repeated.
const MAX_CONFIRMATIONS_PER_DAY: i64 = 5;

kit::text_enum! {
    /// What an email is for.
    pub(crate) enum Kind {
        /// To the supporter, with a link. Harmless if it is sent twice.
        Confirmation = "confirmation",
        /// To a representative. Never sent twice.
        Representative = "representative",
        /// To the supporter, with their message that did not reach the representative. Harmless if it is sent twice.
        FailureReport = "failure_report",
    }
}

kit::text_enum! {
    /// The state of a delivery, in the order of its life.
    pub(crate) enum State {
        /// Waits for its time.
        Queued = "queued",
        /// A process holds it and has sent nothing yet.
        Claimed = "claimed",
        /// Committed before the text is sent: from here on only a reply shows what happened.
        Sending = "sending",
        /// The next server accepted responsibility.
        Sent = "sent",
        /// Refused for good, or for too long.
        Failed = "failed",
        /// The outcome is unknown. Never sent again automatically.
        Unknown = "unknown",
        /// Over the limit of its address.
        Suppressed = "suppressed",
        /// Its person was erased or restricted before it was sent.
        Cancelled = "cancelled",
    }
}

kit::text_enum! {
    /// What somebody decides about an email whose outcome is unknown.
    pub(crate) enum Decision {
        /// It counts as sent.
        Delivered = "delivered",
        /// It is sent again.
        SendAgain = "send_again",
    }
}

/// Who decided what about which email.
pub(crate) struct Verdict {
    pub(crate) id: Uuid,
    pub(crate) decision: Decision,
    pub(crate) actor_kind: String,
    pub(crate) actor_id: Uuid,
    pub(crate) at: DateTime<Utc>,
}

impl State {
    /// Whether it is final unless a person intervenes.
    pub(crate) fn is_settled(self) -> bool {
        !matches!(self, Self::Queued | Self::Claimed | Self::Sending)
    }
}

/// Which email it is, for whom, and in which campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) action_id: Uuid,
    pub(crate) campaign_id: Uuid,
    /// The representative.
    pub(crate) target_id: Option<Uuid>,
    /// The supporter.
    pub(crate) subject_id: Uuid,
}

/// A delivery as it is listed, without anything personal.
pub(crate) struct Delivery {
    pub(crate) id: Uuid,
    /// A newer version may know others than [`Kind`].
    pub(crate) kind: String,
    pub(crate) action_id: Uuid,
    pub(crate) campaign_id: Uuid,
    pub(crate) target_id: Option<Uuid>,
    pub(crate) state: State,
    /// SMTP reply code, or ours.
    pub(crate) code: Option<String>,
    pub(crate) attempts: i32,
    pub(crate) next_attempt_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) settled_at: Option<DateTime<Utc>>,
}

/// Which deliveries a list has.
pub(crate) struct Filter {
    pub(crate) state: Option<State>,
    pub(crate) campaign_id: Option<Uuid>,
}

/// A message whose parts are sealed for their row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedMessage {
    pub(crate) to_name: Vec<u8>,
    pub(crate) to_address: Vec<u8>,
    pub(crate) from_name: Vec<u8>,
    pub(crate) reply_to: Option<Vec<u8>>,
    pub(crate) subject_line: Vec<u8>,
    pub(crate) body: Vec<u8>,
    /// Of [`Message::language`](crate::mail::compose::Message::language); not sealed.
    pub(crate) language: Option<String>,
}

/// A delivery to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDelivery {
    pub(crate) identity: Identity,
    /// `Queued`, or settled from the start.
    pub(crate) state: State,
    /// Why it is settled from the start.
    pub(crate) code: Option<&'static str>,
    /// Stands in our addresses.
    pub(crate) token: String,
    /// Left part of Message-ID.
    pub(crate) header_id: String,
    pub(crate) created_at: DateTime<Utc>,
    /// Not sent before.
    pub(crate) due_at: DateTime<Utc>,
    /// The trace of the event that asks for it.
    pub(crate) traceparent: Option<String>,
    /// Only if it is to be sent.
    pub(crate) message: Option<SealedMessage>,
}

impl NewDelivery {
    pub(crate) fn new(
        identity: Identity,
        token: String,
        header_id: String,
        traceparent: Option<String>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            identity,
            state: State::Queued,
            code: None,
            token,
            header_id,
            created_at: now,
            due_at: now,
            traceparent,
            message: None,
        }
    }

    /// When it was settled from the start.
    pub(crate) fn settled_at(&self) -> Option<DateTime<Utc>> {
        self.state.is_settled().then_some(self.created_at)
    }
}

/// The confirmation emails to one person whose links are still valid.
#[derive(Default)]
pub(crate) struct Earlier {
    /// When the last of them about the same campaign was due.
    pub(crate) last_due: Option<DateTime<Utc>>,
    /// How many were recorded within the last day, about any campaign.
    pub(crate) within_a_day: i64,
}

/// When another confirmation email is due; none if it is not sent. The first about a campaign always is: strangers who enter
/// somebody's address elsewhere cannot take it from them.
pub(crate) fn confirmation_due(earlier: &Earlier, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Some(last) = earlier.last_due else { return Some(now) };
    (earlier.within_a_day < MAX_CONFIRMATIONS_PER_DAY).then(|| now.max(last + REPEAT_AFTER))
}

/// A delivery that this process holds.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) identity: Identity,
    /// The claim.
    pub(crate) holder: Uuid,
    /// Attempts so far.
    pub(crate) attempts: i32,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) token: String,
    /// Left part of Message-ID; the same at each attempt, so that a receiver can drop a repetition.
    pub(crate) header_id: String,
    /// The trace in which it was recorded.
    pub(crate) traceparent: Option<String>,
    pub(crate) message: Option<SealedMessage>,
}

/// When a lease that is taken now ends.
pub(crate) fn lease_end(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::seconds(LEASE_SECONDS)
}
