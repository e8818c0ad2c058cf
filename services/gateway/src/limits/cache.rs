//! Counts requests in Redis, or in memory while Redis is unavailable.

use std::{sync::Arc, time::Duration};

use kit::secret::Secret;
use redis::Script;

use self::scripts::Scripts;
use super::{
    buckets::Buckets,
    classes::Policies,
    policy::{Demand, State, Verdict},
    sign_ins::cache::SignIns,
};

pub(super) mod scripts;

/// Numbers in the script's result for each limit.
const FIGURES: usize = 3;

/// All limits but those of admission, which are never shared.
pub(crate) struct Limiter {
    pub(crate) policies: Policies,
    pub(crate) sign_ins: SignIns,
    scripts: Arc<Scripts>,
    gcra: Script,
    local: Buckets<String>,
}

impl Limiter {
    /// Fails for a URL that cannot be parsed, never for an unavailable Redis.
    pub(crate) fn new(redis_url: &Secret, scale: f64) -> anyhow::Result<Self> {
        let policies = Policies::new(scale);
        let scripts = Arc::new(Scripts::new(redis_url)?);
        Ok(Self {
            sign_ins: SignIns::new(scripts.clone(), policies.account.clone()),
            scripts,
            gcra: Script::new(include_str!("cache/gcra.lua")),
            local: Buckets::default(),
            policies,
        })
    }

    /// Counts a request against all of its limits, or against none if one of them refuses it.
    pub(crate) async fn check(&self, demands: &[Demand<'_>]) -> Verdict {
        if demands.is_empty() {
            return Verdict::default();
        }
        match self.check_shared(demands).await {
            Some(verdict) => verdict,
            None => self.check_locally(demands),
        }
    }

    /// Whether Redis is available.
    pub(crate) async fn ping(&self) -> anyhow::Result<()> {
        self.scripts.ping().await
    }

    /// The verdict of Redis; none while it is unavailable.
    async fn check_shared(&self, demands: &[Demand<'_>]) -> Option<Verdict> {
        let mut call = self.gcra.prepare_invoke();
        for demand in demands {
            let (interval, window) = scripts::micros(demand.policy);
            call.key(demand.key()).arg(interval).arg(window);
        }
        let figures: Vec<i64> = self.scripts.run(&call).await?;
        if figures.len() != demands.len() * FIGURES {
            return None;
        }
        let states = demands.iter().zip(figures.chunks_exact(FIGURES));
        Some(Verdict { states: states.map(|(demand, figures)| state(demand, figures)).collect() })
    }

    fn check_locally(&self, demands: &[Demand<'_>]) -> Verdict {
        let take = |demand: &Demand<'_>| self.local.take(demand.key(), demand.policy);
        let mut verdict = Verdict { states: demands.iter().map(take).collect() };
        if !verdict.allows() {
            for (demand, state) in demands.iter().zip(&mut verdict.states) {
                if state.allows() {
                    self.local.put_back(&demand.key(), demand.policy);
                    state.remaining += 1;
                }
            }
        }
        verdict
    }
}

fn state(demand: &Demand<'_>, figures: &[i64]) -> State {
    let figure = |at: usize| figures.get(at).copied().and_then(|figure| u64::try_from(figure).ok());
    let micros = |at| Duration::from_micros(figure(at).unwrap_or_default());
    let remaining = figure(0).and_then(|figure| u32::try_from(figure).ok()).unwrap_or_default();
    demand.policy.state(remaining, micros(1), micros(2))
}
