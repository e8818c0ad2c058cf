//! The delays in the memory of this replica, for as long as Redis is unavailable.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use moka::sync::Cache;

use super::{
    Answer, Names, Outcome, Refusal,
    delays::{FAILURES_KEPT, NETWORK_KNOWN, delay},
    seconds,
};
use crate::limits::{buckets::Buckets, policy::Policy};

/// Pairs of account and network remembered; the least used are forgotten first.
const MAX_PAIRS: u64 = 100_000;

/// Wrong passwords in a row, and when the next one may be tried.
#[derive(Default)]
struct Failures {
    count: u32,
    ready: Option<Instant>,
}

pub(super) struct Local {
    failures: Cache<String, Arc<Mutex<Failures>>>,
    /// Where people have signed in through this replica, so that they stay known when Redis goes.
    known: Cache<String, ()>,
    tries: Buckets<String>,
}

impl Local {
    pub(super) fn new() -> Self {
        let failures = Cache::builder().max_capacity(MAX_PAIRS).time_to_idle(FAILURES_KEPT).build();
        let known = Cache::builder().max_capacity(MAX_PAIRS).time_to_live(NETWORK_KNOWN).build();
        Self { failures, known, tries: Buckets::default() }
    }

    pub(super) fn begin(&self, names: &Names, account: &Policy) -> Answer {
        let failures = self.failures.get_with(names.pair.clone(), Arc::default);
        let mut failures = lock(&failures);
        let now = Instant::now();
        let wait = failures.ready.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        let refused = |refusal, wait_seconds| Answer {
            refusal: Some(refusal),
            failures: failures.count,
            wait_seconds,
            charged_account: false,
        };
        if !wait.is_zero() {
            return refused(Refusal::Delay, seconds(wait));
        }
        let charged_account = !self.known.contains_key(&names.pair);
        if charged_account {
            let state = self.tries.take(names.account.clone(), account);
            if !state.allows() {
                return refused(Refusal::Account, state.wait_seconds);
            }
        }
        failures.count += 1;
        let wait = delay(failures.count);
        failures.ready = Some(now + wait);
        let (failures, wait_seconds) = (failures.count, seconds(wait));
        Answer { refusal: None, failures, wait_seconds, charged_account }
    }

    /// `charged`: the account's limit, when the attempt was counted against it.
    pub(super) fn settle(&self, names: &Names, outcome: Outcome, charged: Option<&Policy>) {
        if outcome == Outcome::Right {
            self.failures.invalidate(&names.pair);
            self.known.insert(names.pair.clone(), ());
        } else if let Some(failures) = self.failures.get(&names.pair) {
            let mut failures = lock(&failures);
            failures.count = failures.count.saturating_sub(1);
            failures.ready = None;
        }
        if let Some(account) = charged {
            self.tries.put_back(&names.account, account);
        }
    }
}

fn lock(failures: &Mutex<Failures>) -> MutexGuard<'_, Failures> {
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}
