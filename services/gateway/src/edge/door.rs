//! The door: each request of a network is counted here before anything is done for it, in the memory of this replica, so that
//! a flood costs neither Redis nor a service anything. Whoever proves to have a limit of their own, by a session or a secret
//! key, gets their request back: one network may hold many of them.

use kit::http::problem::Problem;

use super::visit::{Network, Visit};
use crate::limits::{
    buckets::Buckets,
    classes::DoorPolicies,
    policy::{Policy, State, Verdict},
};

/// What the door counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Toll {
    /// Any request.
    Request,
    /// A request for nothing that exists, or without a credential where one is needed.
    Miss,
    /// A credential that is not valid.
    FailedCredential,
}

/// The limits of networks at the door.
pub(crate) struct Door {
    policies: DoorPolicies,
    buckets: Buckets<(Toll, Network)>,
}

impl Door {
    pub(crate) fn new(policies: DoorPolicies) -> Self {
        Self { policies, buckets: Buckets::default() }
    }

    /// Counts a request as it arrives.
    pub(crate) fn enter(&self, visit: &mut Visit) -> Result<(), Problem> {
        let state = self.take(Toll::Request, visit.network);
        visit.counted_at_door = state.allows();
        if state.allows() { Ok(()) } else { told(state, visit) }
    }

    /// Gives a request back to a caller whose own limit counts it.
    pub(crate) fn give_back(&self, visit: &mut Visit) {
        if std::mem::take(&mut visit.counted_at_door) {
            self.put_back(Toll::Request, visit);
        }
    }

    /// Counts what was wrong with a request; the caller is told what is left.
    pub(crate) fn count(&self, toll: Toll, visit: &mut Visit) -> Result<(), Problem> {
        told(self.take(toll, visit.network), visit)
    }

    /// The problem of a request for nothing, unless there were too many of those.
    pub(crate) fn missed(&self, visit: &mut Visit, problem: Problem) -> Problem {
        self.count(Toll::Miss, visit).err().unwrap_or(problem)
    }

    /// Takes back what was counted.
    pub(crate) fn put_back(&self, toll: Toll, visit: &mut Visit) {
        visit.verdict = None;
        self.buckets.put_back(&(toll, visit.network), self.policy(toll));
    }

    fn take(&self, toll: Toll, network: Network) -> State {
        self.buckets.take((toll, network), self.policy(toll))
    }

    fn policy(&self, toll: Toll) -> &Policy {
        match toll {
            Toll::Request => &self.policies.requests,
            Toll::Miss => &self.policies.misses,
            Toll::FailedCredential => &self.policies.failed_credentials,
        }
    }
}

fn told(state: State, visit: &mut Visit) -> Result<(), Problem> {
    let verdict = Verdict::from(state);
    let refusal = verdict.refusal();
    visit.verdict = Some(verdict);
    refusal.map_or(Ok(()), Err)
}
