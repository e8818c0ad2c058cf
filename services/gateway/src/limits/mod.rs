//! How often somebody may call. The limits of a request are checked in one Redis round trip and shared by all replicas; while
//! Redis is unavailable each replica keeps them in its own memory.

pub(crate) mod buckets;
pub(crate) mod classes;
pub(crate) mod policy;
pub(crate) mod sign_ins;

mod scripts;
mod shared;

use std::sync::Arc;

use kit::secret::Secret;

use self::{
    buckets::Buckets,
    classes::Policies,
    policy::{Demand, Verdict},
    scripts::Scripts,
    shared::Shared,
    sign_ins::SignIns,
};

/// All limits but those of the door, which are never shared.
pub(crate) struct Limiter {
    /// The numbers.
    pub(crate) policies: Policies,
    /// Delays after wrong passwords.
    pub(crate) sign_ins: SignIns,
    shared: Shared,
    local: Buckets<String>,
}

impl Limiter {
    /// Fails for a URL that cannot be read, never for a Redis that does not answer.
    pub(crate) fn new(redis_url: &Secret, scale: f64) -> anyhow::Result<Self> {
        let policies = Policies::new(scale);
        let scripts = Arc::new(Scripts::new(redis_url)?);
        Ok(Self {
            sign_ins: SignIns::new(scripts.clone(), policies.account.clone()),
            shared: Shared::new(scripts),
            local: Buckets::default(),
            policies,
        })
    }

    /// Counts a request against its limits: against all of them, or, when one refuses, against none.
    pub(crate) async fn check(&self, demands: &[Demand<'_>]) -> Verdict {
        if demands.is_empty() {
            return Verdict::default();
        }
        match self.shared.check(demands).await {
            Some(verdict) => verdict,
            None => self.check_locally(demands),
        }
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
