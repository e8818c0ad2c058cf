//! Finds the holder of a credential: our own signature on an access token first, then identity, which knows of sessions and
//! keys whether they still stand. Its answer is remembered for a minute.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest;
use contracts::identity::{Alive, Credential, Principal};
use kit::{
    client::{CallError, Peer},
    clock::Clock,
    http::origin::normalize,
    problem::Problem,
};
use moka::sync::Cache;
use uuid::Uuid;

use super::{
    access,
    domain::{Holder, Presented, presented},
    ended::Ended,
};
use crate::{edge::visit::Network, keys::ring::Ring};

/// A revoked key and an ended session stop within this.
const REMEMBER: Duration = Duration::from_mins(1);
/// Credentials remembered, good and bad together.
const MAX_REMEMBERED: u64 = 50_000;
/// Identity answers from memory or one row; more means it is away.
const DEADLINE: Duration = Duration::from_secs(2);
/// Unknown keys that one network may have looked up in a minute: guessing must not reach identity. Keys that hold are free.
const UNKNOWN_A_MINUTE: u32 = 120;
/// Networks that guess, remembered.
const MAX_NETWORKS: u64 = 100_000;

/// Remembered holders; `None` is a credential that does not hold.
pub(crate) struct Lookup {
    ring: Ring,
    identity: Peer,
    ended: Ended,
    clock: Clock,
    remembered: Cache<[u8; 32], Option<Arc<Holder>>>,
    /// Unknown keys of a network in the minute that began with the first, those being asked for counted in.
    unknown: Cache<Network, Arc<AtomicU32>>,
}

impl Lookup {
    pub(crate) fn new(ring: Ring, identity: Peer, ended: Ended, clock: Clock) -> Self {
        let remembered =
            Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build();
        let unknown = Cache::builder().max_capacity(MAX_NETWORKS).time_to_live(REMEMBER).build();
        Self { ring, identity, ended, clock, remembered, unknown }
    }

    /// Who presents this Authorization header.
    pub(crate) async fn holder(
        &self,
        header: Option<&str>,
        network: Network,
    ) -> Result<Arc<Holder>, Problem> {
        let credential = header.and_then(presented).ok_or_else(Problem::unauthorized)?;
        let now = self.clock.now().timestamp();
        match credential {
            Presented::AccessToken(token) => self.session(token, now).await,
            Presented::ApiKey(key) => self.key(key, network).await,
        }
        .and_then(|found| found.ok_or_else(Problem::unauthorized))
    }

    /// Ends the session of an access token that comes with a sign-out; a token that does not hold needs no ending.
    pub(crate) async fn end_session(&self, header: Option<&str>) {
        let now = self.clock.now().timestamp();
        if let Some(Presented::AccessToken(token)) = header.and_then(presented)
            && let Some(holder) = access::verify(&self.ring, token, fingerprint(token), now)
            && let Some(session_id) = holder.session_id
        {
            self.ended.end(session_id).await;
        }
    }

    async fn session(&self, token: &str, now: i64) -> Result<Option<Arc<Holder>>, Problem> {
        let fingerprint = fingerprint(token);
        if let Some(known) = self.remembered.get(&fingerprint) {
            let lives = |holder: &Arc<Holder>| {
                holder.expires_at.is_none_or(|at| at > now)
                    && !holder.session_id.is_some_and(|id| self.ended.is_known(id))
            };
            return Ok(known.filter(lives));
        }
        // A forged token costs a signature check each time; remembering it would let strangers fill the memory.
        let Some(held) = access::verify(&self.ring, token, fingerprint, now) else {
            return Ok(None);
        };
        let Some(session_id) = held.session_id else { return Ok(None) };
        if self.ended.ask(session_id).await {
            return Ok(None);
        }
        let is_theirs = |principal: &Principal| {
            principal.tenant_id == held.principal.tenant_id
                && principal.actor_id == held.principal.actor_id
        };
        let principal = self.alive(session_id).await?.filter(is_theirs);
        let holder = principal.map(|principal| Arc::new(Holder { principal, ..held }));
        self.remembered.insert(fingerprint, holder.clone());
        Ok(holder)
    }

    /// Whose a session is and what they may do now; none when it has ended.
    async fn alive(&self, session_id: Uuid) -> Result<Option<Principal>, Problem> {
        let question = Alive { session_id };
        known(self.identity.post("/internal/v1/sessions/alive", &question, DEADLINE).await)
    }

    async fn key(&self, key: &str, network: Network) -> Result<Option<Arc<Holder>>, Problem> {
        let fingerprint = fingerprint(key);
        if let Some(known) = self.remembered.get(&fingerprint) {
            return Ok(known);
        }
        let unknown = self.unknown.get_with(network, Arc::default);
        if unknown.fetch_add(1, Ordering::Relaxed) >= UNKNOWN_A_MINUTE {
            unknown.fetch_sub(1, Ordering::Relaxed);
            return Err(crate::limits::too_many(60, "unknown keys"));
        }
        let question = Credential::ApiKey { key: key.to_owned() };
        let answer = self.identity.post("/internal/v1/credentials/verify", &question, DEADLINE);
        let principal = known(answer.await);
        if !matches!(principal, Ok(None)) {
            unknown.fetch_sub(1, Ordering::Relaxed);
        }
        let holder = principal?.map(|principal| {
            Arc::new(Holder { fingerprint, principal, expires_at: None, session_id: None })
        });
        self.remembered.insert(fingerprint, holder.clone());
        Ok(holder)
    }
}

/// Identity's answer; none when the credential is not valid.
fn known(answer: Result<Principal, CallError>) -> Result<Option<Principal>, Problem> {
    match answer {
        Ok(mut principal) => {
            // Keys that were stored before identity normalised origins.
            principal.origins.iter_mut().for_each(|origin| *origin = normalize(origin));
            Ok(Some(principal))
        }
        Err(CallError::Answered { status: 401 | 403 | 404 | 422, .. }) => Ok(None),
        Err(error) => {
            tracing::warn!(%error, "no credential can be verified");
            Err(Problem::unavailable("The directory of credentials"))
        }
    }
}

fn fingerprint(credential: &str) -> [u8; 32] {
    let mut out = [0; 32];
    let hash = digest::digest(&digest::SHA256, credential.as_bytes());
    out.copy_from_slice(hash.as_ref());
    out
}
