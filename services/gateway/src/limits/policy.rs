//! Limits, what they say of a request, and how callers are told: `RateLimit` fields and 429.

use actix_web::http::StatusCode;
use kit::http::problem::Problem;

/// A limit: a number of requests in a number of seconds, refilled evenly.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Its name for callers, such as `credential` or `network`.
    pub(crate) name: &'static str,
    /// Its name among all limits.
    pub(crate) id: String,
    /// Requests.
    pub(crate) quota: u32,
    pub(crate) window_seconds: u32,
}

/// One limit that a request counts against.
pub(crate) struct Demand<'a> {
    pub(crate) policy: &'a Policy,
    /// An id, or a keyed hash of a network. Never an address.
    pub(crate) holder: String,
}

impl Demand<'_> {
    /// Where the limit of this holder is counted.
    pub(super) fn key(&self) -> String {
        format!("fm:rl:{}:{}", self.policy.id, self.holder)
    }
}

/// What one limit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) name: &'static str,
    pub(crate) quota: u32,
    pub(crate) window_seconds: u32,
    pub(crate) remaining: u32,
    /// Until the whole quota is available again.
    pub(crate) reset_seconds: u32,
    /// Until the next request is allowed; zero when this one was.
    pub(crate) wait_seconds: u32,
}

impl State {
    pub(crate) fn allows(&self) -> bool {
        self.wait_seconds == 0
    }
}

/// What all limits of a request say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) states: Vec<State>,
}

impl Verdict {
    pub(crate) fn allows(&self) -> bool {
        self.states.iter().all(State::allows)
    }

    /// A refusal as a problem, naming the limits that refused.
    pub(crate) fn refusal(&self) -> Option<Problem> {
        let refusing = || self.states.iter().filter(|state| !state.allows());
        let wait_seconds = refusing().map(|state| state.wait_seconds).max()?;
        let names: Vec<&str> = refusing().map(|state| state.name).collect();
        Some(too_many(wait_seconds, &names.join(", ")))
    }

    /// The `RateLimit-Policy` and `RateLimit` fields.
    pub(crate) fn headers(&self) -> (String, String) {
        use std::fmt::Write as _;
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

impl From<State> for Verdict {
    fn from(state: State) -> Self {
        Self { states: vec![state] }
    }
}

/// 429 with the time to wait.
pub(crate) fn too_many(wait_seconds: u32, limit: &str) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests")
        .detail(format!("limit: {limit}"))
        .retry_after(wait_seconds)
}
