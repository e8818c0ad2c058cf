//! What follows from an attempt to send.

use chrono::{DateTime, Duration, Utc};
use contracts::messaging::NO_KEY;
use uuid::Uuid;

use super::{Claimed, Identity, Kind, NewDelivery, State};
use crate::mail::failure::Failure;

/// Waits between attempts; the last one repeats.
const BACKOFF_MINUTES: [i64; 4] = [1, 5, 30, 120];
/// After this an email that the relay refuses for the moment, or whose connections break, has failed.
const GIVE_UP_DAYS: i64 = 3;
/// Wait when the relay or the keyring is unavailable: this says nothing about the email, so it does not count as an attempt.
const OUTAGE_SECONDS: i64 = 5;
/// Wait when the person's key is refused.
const REFUSED_MINUTES: i64 = 10;

/// The result of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The next server accepted responsibility, with this reply code.
    Accepted(u16),
    Failed(Failure),
    /// It can never be sent, for the reason of this code.
    Impossible(&'static str),
    /// The person was erased.
    NoKey,
    /// The keyring is unavailable.
    NoKeyring,
    /// The keyring refuses the person's key for now: they are restricted.
    KeyRefused,
    /// Its text was not sent: the process was asked to end before, or did not get the ledger's consent.
    NotTried,
}

/// What is written after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) identity: Identity,
    /// Only the holder may write it.
    pub(crate) holder: Uuid,
    pub(crate) state: State,
    /// SMTP reply code, or ours.
    pub(crate) code: String,
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    /// Whether it counts as an attempt.
    pub(crate) counts: bool,
    /// The trace of the delivery, which its event continues.
    pub(crate) traceparent: Option<String>,
    /// It ended only because it is too late for it.
    pub(crate) is_too_late: bool,
    /// What its supporter is sent instead.
    pub(crate) report: Option<Box<NewDelivery>>,
}

/// Decides what an attempt means for a delivery.
pub(crate) fn settle(delivery: &Claimed, attempt: Attempt, now: DateTime<Utc>) -> Settlement {
    let &Claimed { identity, holder, .. } = delivery;
    let is_outage = attempt.is_outage();
    let age = now - delivery.created_at;
    let state = match attempt {
        Attempt::Accepted(_) => State::Sent,
        Attempt::NoKey => State::Cancelled,
        // Without its key nothing can be reported about a message: it waits for the key, or for the end of the key.
        Attempt::NoKeyring | Attempt::KeyRefused
            if identity.kind == Kind::Representative || age < lifetime(identity.kind) =>
        {
            State::Queued
        }
        Attempt::NoKeyring | Attempt::KeyRefused => State::Failed,
        Attempt::Failed(Failure::Lost) if identity.kind == Kind::Representative => State::Unknown,
        Attempt::Impossible(_) | Attempt::Failed(Failure::Refused { permanent: true, .. }) => {
            State::Failed
        }
        // No outage, however long, ends an email before it is of no more use.
        Attempt::Failed(_) if is_outage && age < lifetime(identity.kind) => State::Queued,
        Attempt::Failed(_) if is_outage || age >= Duration::days(GIVE_UP_DAYS) => State::Failed,
        Attempt::NotTried | Attempt::Failed(_) => State::Queued,
    };
    let is_queued = state == State::Queued;
    let wait = match attempt {
        Attempt::NotTried => Duration::zero(),
        _ if is_outage => Duration::seconds(OUTAGE_SECONDS),
        Attempt::KeyRefused => Duration::minutes(REFUSED_MINUTES),
        _ => backoff(delivery.attempts),
    };
    let (code, next_attempt_at) = (attempt.code(), is_queued.then(|| now + wait));
    let says_nothing = is_outage || attempt == Attempt::KeyRefused;
    let counts = !(attempt == Attempt::NotTried || is_queued && says_nothing);
    let is_refused = matches!(
        attempt,
        Attempt::Impossible(_) | Attempt::Failed(Failure::Refused { permanent: true, .. })
    );
    Settlement {
        identity,
        holder,
        state,
        code,
        next_attempt_at,
        counts,
        traceparent: delivery.traceparent.clone(),
        is_too_late: state == State::Failed && !is_refused,
        report: None,
    }
}

impl Attempt {
    /// Whether it says nothing about the email: everything waits.
    pub(crate) fn is_outage(self) -> bool {
        matches!(self, Self::NoKeyring)
            || matches!(self, Self::Failed(failure) if failure.is_outage())
    }

    /// SMTP reply code, or ours.
    pub(crate) fn code(self) -> String {
        match self {
            Self::Accepted(code)
            | Self::Failed(Failure::Refused { code, .. } | Failure::RelayRefused { code }) => {
                return code.to_string();
            }
            Self::Failed(Failure::Unreachable) | Self::NoKeyring => "unreachable",
            Self::Failed(Failure::NotSent) => "not_sent",
            Self::Failed(Failure::Lost) => "no_answer",
            Self::Impossible(code) => code,
            Self::NoKey => NO_KEY,
            Self::KeyRefused => "key_refused",
            Self::NotTried => "not_tried",
        }
        .to_owned()
    }
}

/// How long an email is of use: the link in a confirmation is valid for seven days (campaigns' `CONFIRM_WITHIN`), and a
/// representative who gets a message after a month cannot do what it asks for.
pub(crate) fn lifetime(kind: Kind) -> Duration {
    Duration::days(match kind {
        Kind::Confirmation => 7,
        Kind::Representative | Kind::FailureReport => 30,
    })
}

fn backoff(attempts: i32) -> Duration {
    let step = usize::try_from(attempts).unwrap_or(0).min(BACKOFF_MINUTES.len() - 1);
    Duration::minutes(BACKOFF_MINUTES.get(step).copied().unwrap_or(120))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_780_000_000, 0).unwrap()
    }

    #[test]
    fn without_its_key_a_message_waits_and_a_confirmation_ends_with_its_link() {
        for attempt in [Attempt::NoKeyring, Attempt::KeyRefused] {
            let settled =
                |kind, days| settle(&delivery(kind, 0, Duration::days(days)), attempt, now());
            let waiting = settled(Kind::Representative, 400);
            assert_eq!((waiting.state, waiting.counts), (State::Queued, false), "{attempt:?}");
            assert_eq!(settled(Kind::Confirmation, 6).state, State::Queued, "{attempt:?}");
            assert_eq!(settled(Kind::Confirmation, 7).state, State::Failed, "{attempt:?}");
        }
    }

    #[test]
    fn only_time_ends_a_message_too_late() {
        let settled = |attempt, days| {
            settle(&delivery(Kind::Representative, 0, Duration::days(days)), attempt, now())
        };
        let refused = |permanent| Attempt::Failed(Failure::Refused { code: 450, permanent });
        for (attempt, days, is_too_late) in [
            (Attempt::Failed(Failure::Unreachable), 29, false),
            (Attempt::Failed(Failure::Unreachable), 30, true),
            (refused(false), 2, false),
            (refused(false), 3, true),
            (refused(true), 30, false),
            (Attempt::Impossible("bad_address"), 30, false),
            (Attempt::NoKey, 30, false),
        ] {
            assert_eq!(settled(attempt, days).is_too_late, is_too_late, "{attempt:?} {days}");
        }
    }

    fn delivery(kind: Kind, attempts: i32, age: Duration) -> Claimed {
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
            traceparent: None,
            message: None,
        }
    }

    #[test]
    fn a_lost_email_is_unknown_for_a_representative_and_tried_again_for_a_confirmation() {
        let lost = Attempt::Failed(Failure::Lost);
        let settled = |kind| settle(&delivery(kind, 0, Duration::zero()), lost, now()).state;
        assert_eq!(settled(Kind::Representative), State::Unknown);
        assert_eq!(settled(Kind::Confirmation), State::Queued);
    }

    #[test]
    fn waits_grow_and_end_after_three_days() {
        let attempt = Attempt::Failed(Failure::Refused { code: 451, permanent: false });
        for (attempts, minutes) in [(0, 1), (1, 5), (2, 30), (3, 120), (40, 120)] {
            let settled =
                settle(&delivery(Kind::Representative, attempts, Duration::zero()), attempt, now());
            assert_eq!(settled.next_attempt_at, Some(now() + Duration::minutes(minutes)));
        }
        let settled =
            settle(&delivery(Kind::Representative, 40, Duration::days(3)), attempt, now());
        assert_eq!((settled.state, settled.code.as_str()), (State::Failed, "451"));
    }

    #[test]
    fn a_refusal_is_never_unknown_and_an_unreachable_relay_does_not_count_as_an_attempt() {
        let delivery = delivery(Kind::Representative, 0, Duration::zero());
        let settle = |failure| settle(&delivery, Attempt::Failed(failure), now());
        let refused = settle(Failure::Refused { code: 554, permanent: true });
        assert_eq!((refused.state, refused.next_attempt_at), (State::Failed, None));
        let unreachable = settle(Failure::Unreachable);
        assert_eq!((unreachable.state, unreachable.counts), (State::Queued, false));
        let relay = settle(Failure::RelayRefused { code: 530 });
        assert_eq!((relay.state, relay.code.as_str(), relay.counts), (State::Queued, "530", false));
    }

    #[test]
    fn an_outage_ends_an_email_only_when_it_is_of_no_more_use() {
        for failure in [Failure::Unreachable, Failure::RelayRefused { code: 554 }] {
            for (kind, days) in [(Kind::Confirmation, 7), (Kind::Representative, 30)] {
                let settled =
                    |age| settle(&delivery(kind, 0, age), Attempt::Failed(failure), now());
                let age = Duration::days(days);
                assert_eq!(settled(age - Duration::seconds(1)).state, State::Queued, "{kind:?}");
                assert_eq!(settled(age).state, State::Failed, "{kind:?}");
            }
        }
    }
}
