//! How often somebody may call: all limits of a request in one Redis round trip, kept locally while Redis is away.

pub(crate) mod classes;
mod local;
mod shared;

use kit::problem::Problem;
use kit::secret::Secret;

use self::{classes::Policies, local::Local, shared::Shared};
use actix_web::http::StatusCode;

/// One limit that a request counts against.
pub(crate) struct Demand<'a> {
    /// Which limit.
    pub(crate) policy: &'a Policy,
    /// Whose: an id, or a keyed hash of a network or an account. Never an address.
    pub(crate) whose: String,
}

/// A limit: so many requests in so many seconds, evenly refilled.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Its name for callers: `credential`, `network`, `campaign`, `account`.
    pub(crate) name: &'static str,
    /// Its name among all limits.
    pub(crate) id: String,
    /// Requests.
    pub(crate) quota: u32,
    /// Seconds.
    pub(crate) window: u32,
}

/// What one limit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) name: &'static str,
    pub(crate) quota: u32,
    pub(crate) window: u32,
    pub(crate) remaining: u32,
    /// Seconds until the whole quota is there again.
    pub(crate) reset: u32,
    /// Seconds to wait; zero when this limit allowed.
    pub(crate) wait: u32,
}

/// What all limits of a request say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) allowed: bool,
    pub(crate) states: Vec<State>,
}

impl Verdict {
    /// A refusal as a problem, naming the limits that were passed.
    pub(crate) fn refusal(&self) -> Option<Problem> {
        if self.allowed {
            return None;
        }
        let wait = self.states.iter().map(|state| state.wait).max().unwrap_or(1).max(1);
        let passed: Vec<&str> =
            self.states.iter().filter(|state| state.wait > 0).map(|state| state.name).collect();
        Some(too_many(wait, &passed.join(", ")))
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
            let _ = write!(policy, "\"{}\";q={};w={}", state.name, state.quota, state.window);
            let _ = write!(limit, "\"{}\";r={};t={}", state.name, state.remaining, state.reset);
        }
        (policy, limit)
    }
}

/// 429 with the time to wait.
pub(crate) fn too_many(wait_seconds: u32, what: &str) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests")
        .detail(format!("limit: {what}"))
        .retry_after(wait_seconds)
}

/// All limits.
pub(crate) struct Limiter {
    /// The numbers.
    pub(crate) policies: Policies,
    shared: Shared,
    local: Local,
}

impl Limiter {
    /// Never fails for a Redis that is away, only for a URL that is none.
    pub(crate) fn new(redis_url: &Secret, scale: f64) -> anyhow::Result<Self> {
        let policies = Policies::new(scale);
        let local = Local::new(policies.all());
        Ok(Self { policies, shared: Shared::new(redis_url)?, local })
    }

    /// Counts a request against its limits.
    pub(crate) async fn check(&self, demands: &[Demand<'_>]) -> Verdict {
        if demands.is_empty() {
            return Verdict { allowed: true, states: Vec::new() };
        }
        match self.shared.check(demands).await {
            Some(verdict) => verdict,
            None => self.local.check(demands),
        }
    }

    /// Forgets who has been quiet.
    pub(crate) fn sweep(&self) {
        self.local.sweep();
    }
}
