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
    ended::Ended,
};
use crate::{edge::visit::Network, keys::ring::Ring};

/// A revoked key stops within this.
const REMEMBER: Duration = Duration::from_mins(1);
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
    ended: Ended,
    clock: Clock,
    remembered: Cache<[u8; 32], Option<Arc<Holder>>>,
    lookups: DefaultKeyedRateLimiter<Network>,
}

impl Lookup {
    pub(crate) fn new(ring: Ring, identity: Peer, ended: Ended, clock: Clock) -> Self {
        let remembered =
            Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build();
        let lookups = RateLimiter::keyed(Quota::per_minute(LOOKUPS_A_MINUTE));
        Self { ring, identity, ended, clock, remembered, lookups }
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
            Presented::AccessToken(token) => Ok(self.session(token, now).await),
            Presented::ApiKey(key) => self.key(key, network).await,
        }
        .and_then(|found| found.ok_or_else(Problem::unauthorized))
    }

    /// Forgets networks that have been quiet.
    pub(crate) fn sweep(&self) {
        self.lookups.retain_recent();
    }

    /// Ends the session of an access token that comes with a sign-out; a token that does not hold needs no ending.
    pub(crate) async fn end_session(&self, header: Option<&str>) {
        let now = self.clock.now().timestamp();
        if let Some(Presented::AccessToken(token)) = header.and_then(presented)
            && let Some(holder) = self.session(token, now).await
            && let Some(session_id) = holder.session_id
        {
            self.ended.end(session_id).await;
        }
    }

    async fn session(&self, token: &str, now: i64) -> Option<Arc<Holder>> {
        let fingerprint = fingerprint(token);
        if let Some(known) = self.remembered.get(&fingerprint) {
            let lives = |holder: &Arc<Holder>| {
                holder.expires_at.is_none_or(|at| at > now)
                    && !holder.session_id.is_some_and(|id| self.ended.is_known(id))
            };
            return known.filter(lives);
        }
        // A forged token costs a signature check each time; remembering it would let strangers fill the memory.
        let holder = Arc::new(access::verify(&self.ring, token, fingerprint, now)?);
        if let Some(session_id) = holder.session_id
            && self.ended.ask(session_id).await
        {
            return None;
        }
        self.remembered.insert(fingerprint, Some(holder.clone()));
        Some(holder)
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
            Ok(principal) => Some(Arc::new(Holder {
                fingerprint,
                principal,
                expires_at: None,
                session_id: None,
            })),
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
