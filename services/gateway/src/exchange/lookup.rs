//! Finds the holder of a credential: sessions by our own signature, keys by asking identity, remembered for a minute.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use aws_lc_rs::digest;
use contracts::identity::{Credential, Principal};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use kit::{
    client::{CallError, Peer},
    clock::Clock,
    problem::Problem,
};
use moka::sync::Cache;

use super::{
    access,
    domain::{Holder, Presented, presented},
};
use crate::{edge::visit::Network, keys::ring::Ring};

/// A revoked key stops within this.
const REMEMBER: Duration = Duration::from_secs(60);
/// Credentials remembered, good and bad together.
const MAX_REMEMBERED: u64 = 50_000;
/// Identity answers from memory or one row; more means it is away.
const DEADLINE: Duration = Duration::from_secs(2);
/// Unknown keys that one network may have looked up each minute: guessing must not reach identity.
const LOOKUPS_A_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);

/// Remembered holders; `None` is a key that does not hold.
pub(crate) struct Lookup {
    ring: Ring,
    identity: Peer,
    clock: Clock,
    remembered: Cache<[u8; 32], Option<Arc<Holder>>>,
    lookups: DefaultKeyedRateLimiter<Network>,
}

impl Lookup {
    pub(crate) fn new(ring: Ring, identity: Peer, clock: Clock) -> Self {
        let remembered =
            Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build();
        let lookups = RateLimiter::keyed(Quota::per_minute(LOOKUPS_A_MINUTE));
        Self { ring, identity, clock, remembered, lookups }
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
            Presented::AccessToken(token) => self.session(token, now),
            Presented::ApiKey(key) => self.key(key, network).await,
        }
        .and_then(|found| found.ok_or_else(Problem::unauthorized))
    }

    /// Forgets networks that have been quiet.
    pub(crate) fn sweep(&self) {
        self.lookups.retain_recent();
    }

    fn session(&self, token: &str, now: i64) -> Result<Option<Arc<Holder>>, Problem> {
        let fingerprint = fingerprint(token);
        let lives = |holder: &Arc<Holder>| holder.expires_at.is_none_or(|at| at > now);
        if let Some(known) = self.remembered.get(&fingerprint) {
            return Ok(known.filter(lives));
        }
        let holder = access::verify(&self.ring, token, fingerprint, now).map(Arc::new);
        // A forged token costs a signature check each time; remembering it would let strangers fill the memory.
        if holder.is_some() {
            self.remembered.insert(fingerprint, holder.clone());
        }
        Ok(holder)
    }

    async fn key(&self, key: &str, network: Network) -> Result<Option<Arc<Holder>>, Problem> {
        let fingerprint = fingerprint(key);
        if let Some(known) = self.remembered.get(&fingerprint) {
            return Ok(known);
        }
        if self.lookups.check_key(&network).is_err() {
            return Err(crate::limits::too_many(1, "unknown keys"));
        }
        let question = Credential::ApiKey { key: key.to_owned() };
        let answer: Result<Principal, CallError> =
            self.identity.post("/internal/v1/credentials/verify", &question, DEADLINE).await;
        let holder = match answer {
            Ok(principal) => {
                Some(Arc::new(Holder { fingerprint, principal, expires_at: None, session_id: None }))
            }
            Err(CallError::Answered { status: 401 | 403 | 404 | 422, .. }) => None,
            Err(error) => {
                tracing::warn!(%error, "no key can be verified");
                return Err(Problem::unavailable("The directory of keys"));
            }
        };
        self.remembered.insert(fingerprint, holder.clone());
        Ok(holder)
    }
}

fn fingerprint(credential: &str) -> [u8; 32] {
    let mut out = [0; 32];
    let hash = digest::digest(&digest::SHA256, credential.as_bytes());
    out.copy_from_slice(hash.as_ref());
    out
}
