//! Admission counts each request of a network before anything is done for it, in the memory of this replica, so that a flood
//! costs neither Redis nor a service anything. A caller with a limit of their own, by a session or a secret key, gets the
//! request refunded: one network may hold many of them.

use super::client_info::{ClientInfo, Network};
use crate::{
    error::Error,
    limits::{
        buckets::Buckets,
        classes::AdmissionPolicies,
        policy::{Policy, State, Verdict},
    },
};

/// What admission counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    Request,
    /// A request for something that does not exist, or without a credential where one is required.
    Miss,
    /// A credential that is not valid.
    FailedCredential,
}

/// The limits of networks.
pub(crate) struct Admission {
    policies: AdmissionPolicies,
    buckets: Buckets<(Counted, Network)>,
}

impl Admission {
    pub(crate) fn new(policies: AdmissionPolicies) -> Self {
        Self { policies, buckets: Buckets::default() }
    }

    /// Counts a request as it arrives.
    pub(super) fn admit(&self, client: &mut ClientInfo) -> Result<(), Error> {
        let state = self.take(Counted::Request, client.network);
        client.is_counted_at_admission = state.allows();
        if state.allows() { Ok(()) } else { client.apply(Verdict { states: vec![state] }) }
    }

    /// Refunds a request to a caller whose own limit counts it.
    pub(crate) fn refund_request(&self, client: &mut ClientInfo) {
        if std::mem::take(&mut client.is_counted_at_admission) {
            self.refund(Counted::Request, client);
        }
    }

    /// Counts what was wrong with a request; the response shows what remains.
    pub(crate) fn count(&self, counted: Counted, client: &mut ClientInfo) -> Result<(), Error> {
        client.apply(Verdict { states: vec![self.take(counted, client.network)] })
    }

    /// Counts a miss: the error of the request, unless there were too many misses.
    pub(crate) fn miss(&self, client: &mut ClientInfo, error: Error) -> Error {
        self.count(Counted::Miss, client).err().unwrap_or(error)
    }

    pub(crate) fn refund(&self, counted: Counted, client: &mut ClientInfo) {
        client.verdict = None;
        self.buckets.put_back(&(counted, client.network), self.policy(counted));
    }

    fn take(&self, counted: Counted, network: Network) -> State {
        self.buckets.take((counted, network), self.policy(counted))
    }

    fn policy(&self, counted: Counted) -> &Policy {
        match counted {
            Counted::Request => &self.policies.requests,
            Counted::Miss => &self.policies.misses,
            Counted::FailedCredential => &self.policies.failed_credentials,
        }
    }
}
