//! What a delivery can be.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How long a claim lasts without renewal.
pub(crate) const LEASE_SECONDS: i64 = 15;
/// Confirmation mails per address and day, across the platform.
pub(crate) const MAX_CONFIRMATIONS_PER_DAY: i32 = 5;

/// What a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// To the supporter, with a link. Harmless twice.
    Confirmation,
    /// To a representative. Never twice.
    Representative,
}

impl Kind {
    /// As stored and shown.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::Representative => "representative",
        }
    }

    /// As stored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Confirmation, Self::Representative].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for its time.
    Queued,
    /// A process holds it and has sent nothing yet.
    Claimed,
    /// Written before the text is sent: from here on only an answer tells what happened.
    Sending,
    /// The next server took over.
    Sent,
    /// Refused for good, or for too long.
    Failed,
    /// Nobody knows. Never sent again by itself.
    Unknown,
    /// Over the limit of its address.
    Suppressed,
    /// Its person was erased or restricted before it was sent.
    Cancelled,
}

/// All states, in the order of a mail's life.
pub(crate) const STATES: [State; 8] = [
    State::Queued,
    State::Claimed,
    State::Sending,
    State::Sent,
    State::Failed,
    State::Unknown,
    State::Suppressed,
    State::Cancelled,
];

impl State {
    /// As stored and shown.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Suppressed => "suppressed",
            Self::Cancelled => "cancelled",
        }
    }

    /// As stored and asked for.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        STATES.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing will change by itself any more.
    pub(crate) fn is_settled(self) -> bool {
        !matches!(self, Self::Queued | Self::Claimed | Self::Sending)
    }
}

/// Which mail it is, for whom, and in which campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The mail.
    pub id: Uuid,
    /// Whose.
    pub tenant_id: Uuid,
    /// What for.
    pub kind: Kind,
    /// The action it belongs to.
    pub action_id: Uuid,
    /// The campaign.
    pub campaign_id: Uuid,
    /// The representative.
    pub target_id: Option<Uuid>,
    /// The supporter.
    pub subject_id: Uuid,
}

/// A letter whose parts are sealed for this row.
#[derive(Debug, Clone, Default)]
pub(crate) struct SealedLetter {
    /// Display name of the recipient.
    pub to_name: Vec<u8>,
    /// Address of the recipient.
    pub to_address: Vec<u8>,
    /// Display name of the sender.
    pub from_name: Vec<u8>,
    /// Where answers go.
    pub reply_to: Option<Vec<u8>>,
    /// Subject line.
    pub subject_line: Vec<u8>,
    /// Text.
    pub body: Vec<u8>,
}

/// A mail to be written down.
#[derive(Debug)]
pub(crate) struct NewDelivery {
    /// Which.
    pub identity: Identity,
    /// `Queued`, or settled from the start.
    pub state: State,
    /// Why it is settled from the start.
    pub code: Option<&'static str>,
    /// Token in our addresses.
    pub token: String,
    /// Left part of Message-ID.
    pub header_id: String,
    /// Now.
    pub at: DateTime<Utc>,
    /// What is written; only when it is to be sent.
    pub letter: Option<SealedLetter>,
}

/// A mail that this process holds.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    /// Which.
    pub identity: Identity,
    /// The claim.
    pub holder: Uuid,
    /// Attempts so far.
    pub attempts: i32,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// Token in our addresses.
    pub token: String,
    /// Left part of Message-ID; the same at each attempt, so that a receiver can drop a repetition.
    pub header_id: String,
    /// What is written.
    pub letter: Option<SealedLetter>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_kinds_are_read_as_they_are_written() {
        for state in STATES {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(Kind::parse("confirmation"), Some(Kind::Confirmation));
        assert_eq!(State::parse("delivered"), None);
    }
}
