//! The same limits within one replica, for as long as Redis is away: degraded, never off.

use std::{collections::HashMap, num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use super::{Demand, Policy, State, Verdict};

type Keyed =
    RateLimiter<String, DashMapStateStore<String>, DefaultClock, StateInformationMiddleware>;

pub(super) struct Local {
    limiters: HashMap<String, Keyed>,
    clock: DefaultClock,
}

impl Local {
    pub(super) fn new<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let limiters = policies.filter_map(|policy| {
            let quota = NonZeroU32::new(policy.quota)?;
            let window = Duration::from_secs(u64::from(policy.window));
            let interval = (window / policy.quota).max(Duration::from_nanos(1));
            let quota = Quota::with_period(interval)?.allow_burst(quota);
            let keyed = RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>();
            Some((policy.id.clone(), keyed))
        });
        Self { limiters: limiters.collect(), clock: DefaultClock::default() }
    }

    /// Unlike in Redis, a refused request is charged to the limits before the one that refused: safe, a little stricter.
    pub(super) fn check(&self, demands: &[Demand<'_>]) -> Verdict {
        let mut verdict = Verdict { allowed: true, states: Vec::with_capacity(demands.len()) };
        for Demand { policy, whose } in demands {
            let Some(limiter) = self.limiters.get(&policy.id) else { continue };
            let (remaining, wait) = match limiter.check_key(whose) {
                Ok(state) => (state.remaining_burst_capacity(), 0),
                Err(refused) => {
                    let wait = refused.wait_time_from(self.clock.now());
                    (0, u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
                }
            };
            verdict.allowed &= wait == 0;
            let used = u64::from(policy.quota.saturating_sub(remaining));
            let reset = (used * u64::from(policy.window)).div_ceil(u64::from(policy.quota));
            verdict.states.push(State {
                name: policy.name,
                quota: policy.quota,
                window: policy.window,
                remaining,
                reset: u32::try_from(reset).unwrap_or(u32::MAX),
                wait,
            });
        }
        verdict
    }

    pub(super) fn sweep(&self) {
        for limiter in self.limiters.values() {
            limiter.retain_recent();
        }
    }
}
