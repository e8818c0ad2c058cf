//! What becomes of a delivery after an attempt.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::endpoints::domain::EventType;

/// Waits between attempts (Standard Webhooks' example): ten attempts in about three days.
const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// A wait grows by up to this part of itself, so that retries do not come in step.
const JITTER_PERCENT: i32 = 20;
/// A receiver may ask us to wait this long at most.
const MAX_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);
/// A claimed delivery is its sender's for this long: more than the deadline of an attempt.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long a body is kept.
pub const BODY_LIFE: TimeDelta = TimeDelta::days(30);
/// How long a delivery stays listed.
pub const LISTED: TimeDelta = TimeDelta::days(90);

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not tried yet.
    Pending,
    /// Somebody is at it.
    Delivering,
    /// Failed, and tried again later.
    Retrying,
    /// Taken by the receiver.
    Delivered,
    /// Given up.
    Dead,
    /// Its endpoint was deleted or disabled.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Delivering,
        Self::Retrying,
        Self::Delivered,
        Self::Dead,
        Self::Cancelled,
    ];

    /// Its name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivering => "delivering",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Something partners are told.
#[derive(Debug)]
pub struct Notice {
    /// The event's id, which is `webhook-id` at every attempt.
    pub event_id: Uuid,
    /// Whose.
    pub tenant_id: Uuid,
    /// What.
    pub kind: EventType,
    /// The thin payload.
    pub body: String,
}

/// A delivery as a sender holds it.
#[derive(Debug)]
pub struct Claimed {
    /// The delivery.
    pub id: Uuid,
    /// Its tenant.
    pub tenant_id: Uuid,
    /// Its endpoint.
    pub endpoint_id: Uuid,
    /// The event.
    pub event_id: Uuid,
    /// Public name of the event's type.
    pub event_type: String,
    /// The payload.
    pub body: String,
    /// Attempts, this one included.
    pub tries: i32,
    /// Proof that it is still this sender's.
    pub claim: Uuid,
    /// Where to.
    pub url: String,
    /// The endpoint's secret, wrapped.
    pub secret: Vec<u8>,
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The host is, or resolves to, an address that is not public.
    AddressRefused,
    /// No connection: no such name, refused, TLS.
    NotConnected,
    /// No answer within the deadline.
    TimedOut,
    /// The connection broke.
    Broken,
    /// The endpoint's secret does not open: the service's key was changed.
    SecretUnreadable,
}

impl Failure {
    /// Its name in the list of attempts.
    pub fn name(self) -> &'static str {
        match self {
            Self::AddressRefused => "address_refused",
            Self::NotConnected => "not_connected",
            Self::TimedOut => "timed_out",
            Self::Broken => "broken",
            Self::SecretUnreadable => "secret_unreadable",
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// How long it asks us to wait.
        retry_after: Option<TimeDelta>,
    },
    /// It did not.
    Failed(Failure),
}

impl Outcome {
    /// The status, when there was one.
    pub fn status(&self) -> Option<i32> {
        match self {
            Self::Answered { status, .. } => Some(i32::from(*status)),
            Self::Failed(_) => None,
        }
    }

    /// What went wrong, when something did.
    pub fn error(&self) -> Option<&'static str> {
        match self {
            Self::Answered { status: 200..=299, .. } => None,
            Self::Answered { status: 300..=399, .. } => Some("redirect"),
            Self::Answered { status: 410, .. } => Some("gone"),
            Self::Answered { .. } => Some("status"),
            Self::Failed(failure) => Some(failure.name()),
        }
    }
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is there.
    Delivered,
    /// Again, then.
    RetryAt(DateTime<Utc>),
    /// Nothing: given up.
    Dead,
    /// The receiver wants nothing any more.
    Gone,
}

/// Decides after attempt number `tries`. `jitter` is any random byte.
pub fn after(outcome: Outcome, tries: i32, now: DateTime<Utc>, jitter: u8) -> Next {
    let asked = match outcome {
        Outcome::Answered { status: 200..=299, .. } => return Next::Delivered,
        Outcome::Answered { status: 410, .. } => return Next::Gone,
        Outcome::Answered { retry_after, .. } => retry_after.unwrap_or_default(),
        Outcome::Failed(_) => TimeDelta::zero(),
    };
    let number = usize::try_from(tries - 1).unwrap_or_default();
    let Some(wait) = WAITS.get(number) else { return Next::Dead };
    let jittered = *wait + *wait * JITTER_PERCENT * i32::from(jitter) / (100 * 255);
    Next::RetryAt(now + jittered.max(asked.min(MAX_RETRY_AFTER)))
}

/// A delivery as it is listed.
#[derive(Debug)]
pub struct Delivery {
    /// Its id.
    pub id: Uuid,
    /// Its endpoint.
    pub endpoint_id: Uuid,
    /// The event.
    pub event_id: Uuid,
    /// Public name of the event's type.
    pub event_type: String,
    /// How it stands.
    pub state: String,
    /// Attempts.
    pub tries: i32,
    /// When it is tried next.
    pub next_at: DateTime<Utc>,
    /// Status of the last answer.
    pub last_status: Option<i32>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When the event came.
    pub created_at: DateTime<Utc>,
    /// When it came to its end.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One attempt as it is listed.
#[derive(Debug)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// HTTP status, when there was an answer.
    pub status: Option<i32>,
    /// How long it took.
    pub duration_ms: i32,
    /// What went wrong, when something did.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn answered(status: u16, seconds: Option<i64>) -> Outcome {
        Outcome::Answered { status, retry_after: seconds.map(TimeDelta::seconds) }
    }

    fn wait(outcome: Outcome, tries: i32, jitter: u8) -> i64 {
        match after(outcome, tries, NOW, jitter) {
            Next::RetryAt(at) => (at - NOW).num_seconds(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_2xx_is_delivered_and_410_ends_it() {
        assert_eq!(after(answered(204, None), 1, NOW, 0), Next::Delivered);
        assert_eq!(after(answered(410, None), 1, NOW, 0), Next::Gone);
        for status in [301, 400, 404, 429, 500] {
            assert_eq!(wait(answered(status, None), 1, 0), 5, "{status}");
        }
    }

    #[test]
    fn waits_grow_along_the_schedule_and_the_tenth_failure_is_the_last() {
        let failed = Outcome::Failed(Failure::TimedOut);
        let waits: Vec<i64> = (1..=9).map(|tries| wait(failed, tries, 0)).collect();
        assert_eq!(waits, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(after(failed, 10, NOW, 0), Next::Dead);
        assert_eq!(wait(failed, 2, 255), 360, "a fifth more at most");
    }

    #[test]
    fn retry_after_lengthens_a_wait_up_to_a_day_and_never_shortens_it() {
        assert_eq!(wait(answered(429, Some(120)), 1, 0), 120);
        assert_eq!(wait(answered(503, Some(1)), 2, 0), 300);
        assert_eq!(wait(answered(429, Some(9_999_999)), 1, 0), 86_400);
        assert_eq!(wait(answered(429, Some(-5)), 1, 0), 5);
    }
}
