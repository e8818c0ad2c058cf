//! Delays in the memory of this replica, while Redis is unavailable.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use moka::sync::Cache;

use super::{Decision, Outcome, Refusal};
use crate::limits::{
    buckets::Buckets,
    policy::Policy,
    pseudonyms::SignIn,
    sign_ins::delays::{FAILURES_KEPT, NETWORK_KNOWN, delay},
};

/// Pairs of account and network kept; the least used are evicted first.
const MAX_PAIRS: u64 = 100_000;

/// Wrong passwords in a row, and when the next one may be checked.
#[derive(Default)]
struct Failures {
    count: u32,
    ready_at: Option<Instant>,
}

pub(super) struct Local {
    failures: Cache<String, Arc<Mutex<Failures>>>,
    /// Where people have signed in through this replica: they stay known while Redis is unavailable.
    known: Cache<String, ()>,
    tries: Buckets<String>,
}

impl Local {
    pub(super) fn new() -> Self {
        let failures = Cache::builder().max_capacity(MAX_PAIRS).time_to_idle(FAILURES_KEPT).build();
        let known = Cache::builder().max_capacity(MAX_PAIRS).time_to_live(NETWORK_KNOWN).build();
        Self { failures, known, tries: Buckets::default() }
    }

    pub(super) fn begin(&self, sign_in: &SignIn, account: &Policy) -> Decision {
        let failures = self.failures.get_with(sign_in.pair.clone(), Arc::default);
        let mut failures = lock(&failures);
        let now = Instant::now();
        let wait = failures.ready_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        let refused = |refusal, wait| Decision {
            refusal: Some(refusal),
            failures: failures.count,
            wait,
            charged_account: false,
        };
        if !wait.is_zero() {
            return refused(Refusal::Delay, wait);
        }
        let charged_account = !self.known.contains_key(&sign_in.pair);
        if charged_account {
            let state = self.tries.take(sign_in.account.clone(), account);
            if !state.allows() {
                let wait = Duration::from_secs(state.wait_seconds.into());
                return refused(Refusal::Account, wait);
            }
        }
        failures.count += 1;
        let wait = delay(failures.count);
        failures.ready_at = Some(now + wait);
        Decision { refusal: None, failures: failures.count, wait, charged_account }
    }

    /// `charged`: the account's limit, if it counted the attempt.
    pub(super) fn settle(&self, sign_in: &SignIn, outcome: Outcome, charged: Option<&Policy>) {
        if outcome == Outcome::Right {
            self.failures.invalidate(&sign_in.pair);
            self.known.insert(sign_in.pair.clone(), ());
        } else if let Some(failures) = self.failures.get(&sign_in.pair) {
            let mut failures = lock(&failures);
            failures.count = failures.count.saturating_sub(1);
            failures.ready_at = None;
        }
        if let Some(account) = charged {
            self.tries.put_back(&sign_in.account, account);
        }
    }
}

fn lock(failures: &Mutex<Failures>) -> MutexGuard<'_, Failures> {
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}
