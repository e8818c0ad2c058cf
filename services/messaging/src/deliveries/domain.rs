//! What a delivery can be, and what follows from an attempt.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Waits between attempts; the last one repeats.
const BACKOFF_MINUTES: [i64; 4] = [1, 5, 30, 120];
/// After this a mail that nobody takes has failed.
const GIVE_UP_DAYS: i64 = 3;
/// Wait when the relay or the keyring is away: it says nothing about the mail, so it does not count as an attempt.
const AWAY_SECONDS: i64 = 5;
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

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The next server took over, with this code.
    Accepted(u16),
    /// It answered no.
    Refused {
        /// SMTP reply code.
        code: u16,
        /// Whether trying again is pointless.
        permanent: bool,
    },
    /// The line broke before the text was sent.
    NotSent,
    /// The line broke after it.
    Lost,
    /// It cannot be a mail: a malformed or reserved address.
    Impossible(&'static str),
    /// The relay or the keyring is away.
    Away,
    /// The person was erased or restricted.
    Gone,
}

/// What is written down after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settlement {
    /// The new state.
    pub state: State,
    /// SMTP reply code, or ours.
    pub code: Option<String>,
    /// When it is tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Whether it counts as an attempt.
    pub counts: bool,
}

/// Decides what an attempt means for the mail.
pub(crate) fn settle(mail: &Claimed, attempt: &Attempt, now: DateTime<Utc>) -> Settlement {
    let end = |state, code: Option<String>| Settlement {
        state,
        code,
        next_attempt_at: None,
        counts: true,
    };
    match attempt {
        Attempt::Accepted(code) => end(State::Sent, Some(code.to_string())),
        Attempt::Refused { code, permanent: true } => end(State::Failed, Some(code.to_string())),
        Attempt::Refused { code, permanent: false } => again(mail, Some(code.to_string()), now),
        Attempt::NotSent => again(mail, Some("not_sent".to_owned()), now),
        Attempt::Lost if mail.identity.kind == Kind::Representative => {
            end(State::Unknown, Some("no_answer".to_owned()))
        }
        Attempt::Lost => again(mail, Some("no_answer".to_owned()), now),
        Attempt::Impossible(code) => end(State::Failed, Some((*code).to_owned())),
        Attempt::Gone => end(State::Cancelled, Some("no_key".to_owned())),
        Attempt::Away if is_too_old(mail, now) => {
            end(State::Failed, Some("unreachable".to_owned()))
        }
        Attempt::Away => Settlement {
            state: State::Queued,
            code: Some("unreachable".to_owned()),
            next_attempt_at: Some(now + Duration::seconds(AWAY_SECONDS)),
            counts: false,
        },
    }
}

fn again(mail: &Claimed, code: Option<String>, now: DateTime<Utc>) -> Settlement {
    if is_too_old(mail, now) {
        return Settlement { state: State::Failed, code, next_attempt_at: None, counts: true };
    }
    let step = usize::try_from(mail.attempts).unwrap_or(0).min(BACKOFF_MINUTES.len() - 1);
    let minutes = BACKOFF_MINUTES.get(step).copied().unwrap_or(120);
    let next_attempt_at = Some(now + Duration::minutes(minutes));
    Settlement { state: State::Queued, code, next_attempt_at, counts: true }
}

fn is_too_old(mail: &Claimed, now: DateTime<Utc>) -> bool {
    now - mail.created_at >= Duration::days(GIVE_UP_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_780_000_000, 0).unwrap()
    }

    fn mail(kind: Kind, attempts: i32, age: Duration) -> Claimed {
        let id = Uuid::from_u128(1);
        let identity = Identity {
            id,
            tenant_id: id,
            kind,
            action_id: id,
            campaign_id: id,
            target_id: None,
            subject_id: id,
        };
        Claimed {
            identity,
            holder: id,
            attempts,
            created_at: now() - age,
            token: String::new(),
            header_id: String::new(),
            letter: None,
        }
    }

    #[test]
    fn an_open_outcome_is_unknown_for_a_representative_and_tried_again_for_a_confirmation() {
        let settled = |kind| settle(&mail(kind, 0, Duration::zero()), &Attempt::Lost, now()).state;
        assert_eq!(settled(Kind::Representative), State::Unknown);
        assert_eq!(settled(Kind::Confirmation), State::Queued);
    }

    #[test]
    fn waits_grow_and_end_after_three_days() {
        let attempt = Attempt::Refused { code: 451, permanent: false };
        for (attempts, minutes) in [(0, 1), (1, 5), (2, 30), (3, 120), (40, 120)] {
            let settled =
                settle(&mail(Kind::Representative, attempts, Duration::zero()), &attempt, now());
            assert_eq!(settled.next_attempt_at, Some(now() + Duration::minutes(minutes)));
        }
        let settled = settle(&mail(Kind::Representative, 40, Duration::days(3)), &attempt, now());
        assert_eq!((settled.state, settled.code.as_deref()), (State::Failed, Some("451")));
    }

    #[test]
    fn a_refusal_is_never_unknown_and_an_absent_relay_is_no_attempt() {
        let mail = mail(Kind::Representative, 0, Duration::zero());
        let no = settle(&mail, &Attempt::Refused { code: 554, permanent: true }, now());
        assert_eq!((no.state, no.next_attempt_at), (State::Failed, None));
        let away = settle(&mail, &Attempt::Away, now());
        assert_eq!((away.state, away.counts), (State::Queued, false));
    }

    #[test]
    fn states_and_kinds_are_read_as_they_are_written() {
        for state in STATES {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(Kind::parse("confirmation"), Some(Kind::Confirmation));
        assert_eq!(State::parse("delivered"), None);
    }
}
