//! What a delivery is, and what becomes of it after an attempt.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
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
/// A wait grows by up to this part of itself, at random, so that retries do not coincide.
const JITTER_PERCENT: i32 = 20;
/// A receiver may ask us to wait this long at most.
const MAX_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);
/// A claimed delivery belongs to its sender for this long: more than the deadline of an attempt.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(60);
/// The notice of an end comes so long after it: what was being sent until then has ended, one way or another.
pub(super) const LAST_AFTER: TimeDelta = TimeDelta::seconds(30);
/// Events about an action or a person that has ended may arrive for so long: a week from their topic, and another from its
/// dead letters.
pub(super) const ENDED_LIFE: TimeDelta = TimeDelta::days(14);
/// After this a body is deleted.
pub(super) const BODY_LIFE: TimeDelta = TimeDelta::days(30);
/// After this a delivery is deleted.
pub(super) const DELIVERY_LIFE: TimeDelta = TimeDelta::days(90);

kit::text_enum! {
    pub(super) enum State {
        Pending = "pending",
        /// Claimed by a sender.
        Delivering = "delivering",
        Retrying = "retrying",
        Delivered = "delivered",
        /// Given up.
        Dead = "dead",
        /// Its endpoint was deleted or disabled.
        Cancelled = "cancelled",
    }
}

kit::text_enum! {
    /// Why an attempt failed.
    pub(crate) enum Failure {
        /// The status of the response is not 2xx.
        Status = "status",
        /// Redirects are not followed.
        Redirect = "redirect",
        /// 410: the receiver wants no more deliveries.
        Gone = "gone",
        /// The host is, or resolves to, an address that is not public.
        AddressRefused = "address_refused",
        /// No such name, a refused connection, or TLS failed.
        NotConnected = "not_connected",
        TimedOut = "timed_out",
        /// The connection broke.
        Broken = "broken",
        /// The service's key was changed.
        SecretUnreadable = "secret_unreadable",
    }
}

/// What partners are notified of.
pub(crate) struct Notice {
    /// The `webhook-id` of every attempt.
    pub(crate) event_id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) event_type: EventType,
    /// Holds ids only.
    pub(crate) body: String,
    pub(crate) about: About,
}

/// The action and the person that a notice is about: it ends with them. The notice of their end is about neither.
#[derive(Clone, Copy, Default)]
pub(crate) struct About {
    pub(crate) action_id: Option<Uuid>,
    pub(crate) subject_id: Option<Uuid>,
}

/// A delivery that this sender has claimed.
pub(crate) struct ClaimedDelivery {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) endpoint_id: Uuid,
    pub(crate) event_id: Uuid,
    pub(super) event_type: String,
    pub(crate) body: String,
    /// This attempt included. An attempt that has no outcome, since its sender died, does not count.
    pub(super) tries: i32,
    /// Differs from the row's once another sender has claimed the delivery.
    pub(super) claim: Uuid,
    /// The trace of the event that it reports.
    pub(crate) traceparent: Option<String>,
    pub(crate) url: String,
    /// The endpoint's secret, sealed.
    pub(crate) secret: Vec<u8>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// None without a response.
    status: Option<u16>,
    /// None if it was delivered.
    failure: Option<Failure>,
    /// How long the receiver asks us to wait.
    retry_after: Option<TimeDelta>,
}

impl Outcome {
    pub(crate) fn response(status: u16, retry_after: Option<TimeDelta>) -> Self {
        let failure = match status {
            200..=299 => None,
            300..=399 => Some(Failure::Redirect),
            410 => Some(Failure::Gone),
            _ => Some(Failure::Status),
        };
        Self { status: Some(status), failure, retry_after }
    }

    pub(crate) fn status(self) -> Option<u16> {
        self.status
    }

    /// Why it failed; none if it was delivered.
    pub(crate) fn error(self) -> Option<Failure> {
        self.failure
    }

    /// There was no response.
    pub(crate) fn failure(failure: Failure) -> Self {
        Self { status: None, failure: Some(failure), retry_after: None }
    }
}

/// What happens to a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Delivered,
    RetryAt(DateTime<Utc>),
    /// Given up.
    Dead,
    /// The receiver wants no more deliveries.
    Gone,
}

impl Next {
    /// Decides after attempt number `tries`. `jitter` is any random byte.
    pub(super) fn after(outcome: Outcome, tries: i32, now: DateTime<Utc>, jitter: u8) -> Self {
        match outcome.failure {
            None => return Self::Delivered,
            Some(Failure::Gone) => return Self::Gone,
            Some(_) => {}
        }
        let number = usize::try_from(tries - 1).unwrap_or_default();
        let Some(wait) = WAITS.get(number) else { return Self::Dead };
        let jittered = *wait + *wait * JITTER_PERCENT * i32::from(jitter) / (100 * 255);
        let requested = outcome.retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
        Self::RetryAt(now + jittered.max(requested))
    }
}

/// A delivery as it is listed. A newer version may know other event types and errors.
pub(super) struct Delivery {
    pub(super) id: Uuid,
    pub(super) endpoint_id: Uuid,
    pub(super) event_id: Uuid,
    pub(super) event_type: String,
    pub(super) state: State,
    pub(super) tries: i32,
    pub(super) next_at: DateTime<Utc>,
    pub(super) last_status: Option<i32>,
    pub(super) last_error: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) finished_at: Option<DateTime<Utc>>,
}

/// An attempt as it is stored and listed.
#[derive(Clone, Serialize)]
pub(super) struct Attempt {
    pub(super) at: DateTime<Utc>,
    pub(super) status: Option<i32>,
    pub(super) duration_ms: i32,
    pub(super) error: Option<String>,
}

impl Attempt {
    pub(super) fn new(outcome: Outcome, at: DateTime<Utc>, took: Duration) -> Self {
        Self {
            at,
            status: outcome.status.map(i32::from),
            duration_ms: i32::try_from(took.as_millis()).unwrap_or(i32::MAX),
            error: outcome.failure.map(|failure| failure.as_str().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn response(status: u16, seconds: Option<i64>) -> Outcome {
        Outcome::response(status, seconds.map(TimeDelta::seconds))
    }

    fn wait(outcome: Outcome, tries: i32, jitter: u8) -> i64 {
        match Next::after(outcome, tries, NOW, jitter) {
            Next::RetryAt(at) => (at - NOW).num_seconds(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_2xx_is_delivered_and_410_ends_it() {
        assert_eq!(Next::after(response(204, None), 1, NOW, 0), Next::Delivered);
        assert_eq!(Next::after(response(410, None), 1, NOW, 0), Next::Gone);
        for status in [301, 400, 404, 429, 500] {
            assert_eq!(wait(response(status, None), 1, 0), 5, "{status}");
        }
    }

    #[test]
    fn waits_grow_along_the_schedule_and_the_tenth_failure_is_the_last() {
        let failed = Outcome::failure(Failure::TimedOut);
        let waits: Vec<i64> = (1..=9).map(|tries| wait(failed, tries, 0)).collect();
        assert_eq!(waits, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!(Next::after(failed, 10, NOW, 0), Next::Dead);
        assert_eq!(wait(failed, 2, 255), 360, "at most a fifth more");
    }

    #[test]
    fn retry_after_lengthens_a_wait_up_to_a_day_and_never_shortens_it() {
        assert_eq!(wait(response(429, Some(120)), 1, 0), 120);
        assert_eq!(wait(response(503, Some(1)), 2, 0), 300);
        assert_eq!(wait(response(429, Some(9_999_999)), 1, 0), 86_400);
        assert_eq!(wait(response(429, Some(-5)), 1, 0), 5);
    }

    #[test]
    fn the_guide_has_the_schedule_of_retries() {
        let guide = include_str!("../../../../docs/webhooks.md");
        let failed = Outcome::failure(Failure::TimedOut);
        let mut table = vec!["| 1 | at once |".to_owned()];
        for tries in 1.. {
            let Next::RetryAt(at) = Next::after(failed, tries, NOW, 0) else { break };
            let text = match (at - NOW).num_seconds() {
                seconds @ 0..60 => format!("{seconds} s"),
                seconds @ 60..3600 => format!("{} min", seconds / 60),
                seconds => format!("{} h", seconds / 3600),
            };
            table.push(format!("| {} | {text} |", tries + 1));
        }
        let table = table.join("\n");
        assert!(guide.contains(&format!("\n|---|---|\n{table}\n\nEach wait")), "{table}");
    }
}
