//! Limits in Redis, shared by all replicas.

use std::sync::Arc;

use redis::Script;

use super::{
    policy::{Demand, Policy, State, Verdict},
    scripts::Scripts,
};

const MICROS: u32 = 1_000_000;
/// What the script answers for each limit.
const FIGURES: usize = 3;

pub(super) struct Shared {
    scripts: Arc<Scripts>,
    gcra: Script,
}

impl Shared {
    pub(super) fn new(scripts: Arc<Scripts>) -> Self {
        Self { scripts, gcra: Script::new(include_str!("gcra.lua")) }
    }

    /// The verdict of Redis; none while it is unavailable.
    pub(super) async fn check(&self, demands: &[Demand<'_>]) -> Option<Verdict> {
        let mut call = self.gcra.prepare_invoke();
        for demand in demands {
            let (interval, window) = times(demand.policy);
            call.key(demand.key()).arg(interval).arg(window);
        }
        let answer: Vec<i64> = self.scripts.run(&call).await?;
        if answer.len() != demands.len() * FIGURES {
            return None;
        }
        let states = demands.iter().zip(answer.chunks_exact(FIGURES));
        Some(Verdict { states: states.map(|(demand, said)| state(demand, said)).collect() })
    }
}

/// Time between two requests and time of the whole quota, in microseconds.
pub(super) fn times(policy: &Policy) -> (f64, f64) {
    let window = f64::from(policy.window_seconds) * f64::from(MICROS);
    (window / f64::from(policy.quota), window)
}

/// Rounded up: nobody is asked to come back too early.
pub(super) fn whole_seconds(micros: i64) -> u32 {
    let seconds = micros.max(0).saturating_add(i64::from(MICROS) - 1) / i64::from(MICROS);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

fn state(demand: &Demand<'_>, said: &[i64]) -> State {
    let said = |at: usize| said.get(at).copied().unwrap_or_default();
    State {
        name: demand.policy.name,
        quota: demand.policy.quota,
        window_seconds: demand.policy.window_seconds,
        remaining: u32::try_from(said(0)).unwrap_or(0),
        reset_seconds: whole_seconds(said(1)),
        wait_seconds: whole_seconds(said(2)),
    }
}
