//! A circuit breaker: after failures in a row, calls fail at once for a while instead of waiting for a timeout each.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Failures in a row that open a breaker.
const FAILURES: u32 = 5;

/// The breaker of one callee.
pub struct Breaker {
    pause: Duration,
    failures: AtomicU32,
    open_until_ms: AtomicU64,
    created: Instant,
}

impl Breaker {
    /// A closed breaker, which stays open for `pause` each time it opens. The next failure after that opens it again.
    pub fn new(pause: Duration) -> Self {
        let (failures, open_until_ms) = (AtomicU32::new(0), AtomicU64::new(0));
        Self { pause, failures, open_until_ms, created: Instant::now() }
    }

    /// Whether nothing is to be called.
    pub fn is_open(&self) -> bool {
        self.now_ms() < self.open_until_ms.load(Ordering::Relaxed)
    }

    /// Records the outcome of a call.
    pub fn record(&self, is_success: bool) {
        if is_success {
            self.failures.store(0, Ordering::Relaxed);
            self.open_until_ms.store(0, Ordering::Relaxed);
        } else if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES {
            let pause = u64::try_from(self.pause.as_millis()).unwrap_or(u64::MAX);
            self.open_until_ms.store(self.now_ms().saturating_add(pause), Ordering::Relaxed);
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.created.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Breaker, FAILURES};

    #[test]
    fn only_failures_in_a_row_open_it_and_a_success_closes_it() {
        let breaker = Breaker::new(Duration::from_mins(1));
        for _ in 1..FAILURES {
            breaker.record(false);
        }
        breaker.record(true);
        for _ in 1..FAILURES {
            breaker.record(false);
        }
        assert!(!breaker.is_open());
        breaker.record(false);
        assert!(breaker.is_open());
        breaker.record(true);
        assert!(!breaker.is_open());
    }

    #[test]
    fn after_the_pause_it_is_closed_until_the_next_failure() {
        let breaker = Breaker::new(Duration::ZERO);
        for _ in 0..FAILURES {
            breaker.record(false);
        }
        assert!(!breaker.is_open());
    }
}
