//! What follows from an attempt to send. Pure: the rules of the room are `domain.rs`'s.

use chrono::{DateTime, Duration, Utc};

use super::domain::{Claimed, Kind, State};

/// Waits between attempts; the last one repeats.
const BACKOFF_MINUTES: [i64; 4] = [1, 5, 30, 120];
/// After this a mail that nobody takes has failed.
const GIVE_UP_DAYS: i64 = 3;
/// Wait when the relay or the keyring is away: it says nothing about the mail, so it does not count as an attempt.
const AWAY_SECONDS: i64 = 5;
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
    use uuid::Uuid;

    use super::*;
    use crate::deliveries::domain::Identity;

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
}
