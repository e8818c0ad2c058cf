//! Limits, what they decide on a request, and the `RateLimit` fields that report it.

use std::{fmt::Write as _, time::Duration};

use crate::error::Error;

/// A limit: a number of requests in a number of seconds, refilled evenly.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Its name for callers, such as `credential` or `network`.
    pub(crate) name: &'static str,
    /// Its unique name.
    pub(crate) id: String,
    /// Requests in a window.
    pub(crate) quota: u32,
    pub(crate) window_seconds: u32,
}

/// One limit that counts a request.
pub(crate) struct Demand<'a> {
    pub(crate) policy: &'a Policy,
    /// An id or a pseudonym. Never an address.
    pub(crate) holder: String,
}

/// What one limit decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) name: &'static str,
    pub(crate) quota: u32,
    pub(crate) window_seconds: u32,
    pub(crate) remaining: u32,
    /// Until the whole quota is available again.
    pub(crate) reset_seconds: u32,
    /// Until the next request is allowed; zero if this one was.
    pub(crate) wait_seconds: u32,
}

/// What all limits of a request decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) states: Vec<State>,
}

impl Policy {
    pub(super) fn state(&self, remaining: u32, reset: Duration, wait: Duration) -> State {
        State {
            name: self.name,
            quota: self.quota,
            window_seconds: self.window_seconds,
            remaining,
            reset_seconds: whole_seconds(reset),
            wait_seconds: whole_seconds(wait),
        }
    }
}

impl Demand<'_> {
    /// The key that counts the requests of this holder.
    pub(super) fn key(&self) -> String {
        format!("fm:rl:{}:{}", self.policy.id, self.holder)
    }
}

impl State {
    pub(crate) fn allows(&self) -> bool {
        self.wait_seconds == 0
    }
}

impl Verdict {
    pub(crate) fn allows(&self) -> bool {
        self.states.iter().all(State::allows)
    }

    /// An error that names the limits that refuse the request, if any does.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refusing = || self.states.iter().filter(|state| !state.allows());
        let Some(wait_seconds) = refusing().map(|state| state.wait_seconds).max() else {
            return Ok(());
        };
        let names: Vec<&str> = refusing().map(|state| state.name).collect();
        Err(Error::RateLimited { wait_seconds, limits: names.join(", ") })
    }

    /// The `RateLimit-Policy` and `RateLimit` fields.
    pub(crate) fn headers(&self) -> (String, String) {
        let (mut policy, mut limit) = (String::with_capacity(64), String::with_capacity(64));
        for state in &self.states {
            if !policy.is_empty() {
                policy.push_str(", ");
                limit.push_str(", ");
            }
            let State { name, quota, window_seconds, remaining, reset_seconds, .. } = state;
            let _ = write!(policy, "\"{name}\";q={quota};w={window_seconds}");
            let _ = write!(limit, "\"{name}\";r={remaining};t={reset_seconds}");
        }
        (policy, limit)
    }
}

/// Rounded up, so that nobody is asked to come back too early.
pub(super) fn whole_seconds(time: Duration) -> u32 {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    u32::try_from(whole).unwrap_or(u32::MAX)
}
