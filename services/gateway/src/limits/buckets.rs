//! Limits in the memory of this replica, by the arithmetic of `gcra.lua`. Unlike a library's, they can refund a request, and
//! their memory is bounded, from however many networks requests come.

use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::sync::Cache;

use super::policy::{Policy, State};

/// Holders kept; the least used are evicted first.
const MAX_HOLDERS: u64 = 100_000;
/// The longest window of a limit: a holder that was idle for it has the whole quota again.
const LONGEST_WINDOW: Duration = Duration::from_hours(1);

pub(crate) struct Buckets<K> {
    /// When the quota of each holder is whole again, in nanoseconds since the start.
    full_at: Cache<K, Arc<AtomicU64>>,
    started: Instant,
}

impl<K: Hash + Eq + Send + Sync + 'static> Default for Buckets<K> {
    fn default() -> Self {
        let full_at =
            Cache::builder().max_capacity(MAX_HOLDERS).time_to_idle(LONGEST_WINDOW).build();
        Self { full_at, started: Instant::now() }
    }
}

impl<K: Hash + Eq + Send + Sync + 'static> Buckets<K> {
    /// Takes one request from a holder's quota, if there is one left.
    pub(crate) fn take(&self, holder: K, policy: &Policy) -> State {
        let now = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        take(&self.full_at.get_with(holder, Arc::default), policy, now)
    }

    /// Refunds a request.
    pub(crate) fn put_back(&self, holder: &K, policy: &Policy) {
        if let Some(full_at) = self.full_at.get(holder) {
            let (interval, _window) = times(policy);
            let less = |at: u64| Some(at.saturating_sub(interval));
            let _ = full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    }
}

fn take(full_at: &AtomicU64, policy: &Policy, now: u64) -> State {
    let (interval, window) = times(policy);
    let after = |at: u64| at.max(now) + interval;
    let taken = full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| {
        Some(after(at)).filter(|after| *after <= now + window)
    });
    let (full_at, wait) = match taken {
        Ok(before) => (after(before), 0),
        Err(at) => (at, after(at) - window - now),
    };
    let remaining = (now + window).saturating_sub(full_at) / interval;
    policy.state(
        u32::try_from(remaining).unwrap_or(u32::MAX),
        Duration::from_nanos(full_at.saturating_sub(now)),
        Duration::from_nanos(wait),
    )
}

/// Time between two requests and time of the whole quota, in nanoseconds.
fn times(policy: &Policy) -> (u64, u64) {
    let window = u64::from(policy.window_seconds) * 1_000_000_000;
    ((window / u64::from(policy.quota.max(1))).max(1), window)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn policy(quota: u32) -> Policy {
        Policy { name: "network", id: "x".to_owned(), quota, window_seconds: 60 }
    }

    #[test]
    fn a_quota_runs_out_and_is_refilled_evenly() {
        let (policy, full_at) = (policy(15), AtomicU64::new(0));
        for left in (0..15).rev() {
            let state = take(&full_at, &policy, 5 * SECOND);
            assert_eq!((state.remaining, state.wait_seconds), (left, 0));
            assert_eq!(state.reset_seconds, (15 - left) * 4);
        }
        let refused = take(&full_at, &policy, 6 * SECOND);
        assert_eq!((refused.remaining, refused.wait_seconds, refused.reset_seconds), (0, 3, 59));
        assert!(take(&full_at, &policy, 9 * SECOND).allows());
        assert!(!take(&full_at, &policy, 9 * SECOND).allows());
        let later = take(&full_at, &policy, 900 * SECOND);
        assert_eq!(later.remaining, 14, "never more than the whole quota");
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let buckets = Buckets::default();
        let policy = policy(2);
        assert!(buckets.take("a", &policy).allows() && buckets.take("a", &policy).allows());
        assert!(!buckets.take("a", &policy).allows());
        assert!(buckets.take("b", &policy).allows(), "another holder's quota is another");
        buckets.put_back(&"a", &policy);
        assert!(buckets.take("a", &policy).allows());
        assert!(!buckets.take("a", &policy).allows());
    }
}
