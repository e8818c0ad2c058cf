//! Finds the holder of a credential: our own signature on an access token first, then identity, which knows whether sessions
//! and keys are still valid. Its answer is remembered for a minute.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::digest;
use contracts::identity::{Alive, Credential, Principal};
use kit::{
    client::{CallError, Peer},
    clock::Clock,
    http::{origin::normalize, problem::Problem},
};
use moka::sync::Cache;
use uuid::Uuid;

use super::{
    access::{self, Invalid},
    domain::{Holder, Presented, presented},
    ended::Ended,
};
use crate::{
    edge::{
        door::{Door, Toll},
        visit::Visit,
    },
    keys::ring::Ring,
};

/// A revoked key and an ended session stop within this.
const REMEMBER: Duration = Duration::from_mins(1);
/// Credentials remembered, good and bad together.
const MAX_REMEMBERED: u64 = 50_000;
/// A credential that was valid is not taken for a guess for so long, whatever else its network sends.
const VOUCHED: Duration = Duration::from_hours(1);
/// Identity answers from memory or one row; if it takes longer, it is unavailable.
const DEADLINE: Duration = Duration::from_secs(2);

/// The limit that a credential counts against which was valid a while ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Its own: a session or a secret key.
    Own,
    /// Its network's too: a publishable key.
    Shared,
}

/// Remembered holders; `None` is a credential that is not valid.
pub(crate) struct Lookup {
    ring: Ring,
    identity: Peer,
    ended: Ended,
    clock: Clock,
    remembered: Cache<[u8; 32], Option<Arc<Holder>>>,
    vouched: Cache<[u8; 32], Standing>,
}

impl Lookup {
    pub(crate) fn new(ring: Ring, identity: Peer, ended: Ended, clock: Clock) -> Self {
        let remembered =
            Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build();
        let vouched = Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(VOUCHED).build();
        Self { ring, identity, ended, clock, remembered, vouched }
    }

    /// Who presents this Authorization header. A credential that is not valid is counted at the door.
    pub(crate) async fn holder(
        &self,
        header: Option<&str>,
        door: &Door,
        visit: &mut Visit,
    ) -> Result<Arc<Holder>, Problem> {
        let Some(credential) = header.and_then(presented) else {
            return Err(door.missed(visit, Problem::unauthorized()));
        };
        let found = match credential {
            Presented::AccessToken(token) => {
                let found = self.session(token).await?;
                // Whoever has to renew a token is not guessing.
                if found.as_ref().is_err_and(|why| *why == Invalid::Forged) {
                    door.count(Toll::FailedCredential, visit)?;
                }
                found.ok()
            }
            Presented::ApiKey(key) => self.key(key, door, visit).await?,
        };
        found.ok_or_else(Problem::unauthorized)
    }

    /// Whether this header was valid a while ago, and has a limit of its own.
    pub(crate) fn vouches(&self, header: Option<&str>) -> bool {
        let Some(Presented::AccessToken(text) | Presented::ApiKey(text)) =
            header.and_then(presented)
        else {
            return false;
        };
        self.vouched.get(&fingerprint(text)) == Some(Standing::Own)
    }

    /// Ends the session of an access token that comes with a sign-out; one that is not valid has none to end.
    pub(crate) async fn end_session(&self, header: Option<&str>) {
        let now = self.clock.now().timestamp();
        if let Some(Presented::AccessToken(token)) = header.and_then(presented)
            && let Ok(holder) = access::verify(&self.ring, token, fingerprint(token), now)
            && let Some(session_id) = holder.session_id
        {
            self.ended.end(session_id).await;
        }
    }

    async fn session(&self, token: &str) -> Result<Result<Arc<Holder>, Invalid>, Problem> {
        let (fingerprint, now) = (fingerprint(token), self.clock.now().timestamp());
        if let Some(known) = self.remembered.get(&fingerprint) {
            let lives = |holder: &Arc<Holder>| {
                holder.expires_at.is_none_or(|at| at > now)
                    && !holder.session_id.is_some_and(|id| self.ended.is_known(id))
            };
            return Ok(known.filter(lives).ok_or(Invalid::Expired));
        }
        // A forged token costs a signature check each time; remembering it would let strangers fill the memory.
        let held = match access::verify(&self.ring, token, fingerprint, now) {
            Ok(held) => held,
            Err(why) => return Ok(Err(why)),
        };
        let Some(session_id) = held.session_id else { return Ok(Err(Invalid::Expired)) };
        if self.ended.ask(session_id).await {
            return Ok(Err(Invalid::Expired));
        }
        let is_theirs = |principal: &Principal| {
            principal.tenant_id == held.principal.tenant_id
                && principal.actor_id == held.principal.actor_id
        };
        let principal = self.alive(session_id).await?.filter(is_theirs);
        let holder = principal.map(|principal| Holder { principal, ..held });
        Ok(self.remember(fingerprint, holder).ok_or(Invalid::Expired))
    }

    /// Whose a session is and what they may do now; none when it has ended.
    async fn alive(&self, session_id: Uuid) -> Result<Option<Principal>, Problem> {
        let question = Alive { session_id };
        known(self.identity.post("/internal/v1/sessions/alive", &question, DEADLINE).await)
    }

    /// A key counts as a guess before identity is asked, so that many at once cannot pass together; one that is valid is given
    /// back.
    async fn key(
        &self,
        key: &str,
        door: &Door,
        visit: &mut Visit,
    ) -> Result<Option<Arc<Holder>>, Problem> {
        let fingerprint = fingerprint(key);
        let is_known_bad = match self.remembered.get(&fingerprint) {
            Some(Some(holder)) => return Ok(Some(holder)),
            Some(None) => true,
            None => false,
        };
        let is_guess = !self.vouched.contains_key(&fingerprint);
        if is_guess {
            door.count(Toll::FailedCredential, visit)?;
        }
        if is_known_bad {
            return Ok(None);
        }
        let question = Credential::ApiKey { key: key.to_owned() };
        let answer = self.identity.post("/internal/v1/credentials/verify", &question, DEADLINE);
        let principal = known(answer.await);
        if is_guess && !matches!(principal, Ok(None)) {
            door.put_back(Toll::FailedCredential, visit);
        }
        let holder =
            |principal| Holder { fingerprint, principal, expires_at: None, session_id: None };
        Ok(self.remember(fingerprint, principal?.map(holder)))
    }

    fn remember(&self, fingerprint: [u8; 32], holder: Option<Holder>) -> Option<Arc<Holder>> {
        let holder = holder.map(Arc::new);
        match &holder {
            Some(found) if found.principal.publishable => {
                self.vouched.insert(fingerprint, Standing::Shared);
            }
            Some(_found) => self.vouched.insert(fingerprint, Standing::Own),
            None => self.vouched.invalidate(&fingerprint),
        }
        self.remembered.insert(fingerprint, holder.clone());
        holder
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
            tracing::warn!(%error, "failed to verify a credential");
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
