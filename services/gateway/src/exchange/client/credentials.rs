//! Finds the holder of a credential: by our own signature on an access token first, then by identity, which knows whether
//! sessions and keys are still valid. Its response is cached for a minute.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use contracts::identity::{Alive, Credential, Principal};
use kit::{
    client::{CallError, Peer},
    clock::Clock,
    http::{origin::normalize, problem::Problem},
};
use moka::sync::Cache;
use uuid::Uuid;

use crate::{
    edge::{
        admission::{Admission, Counted},
        client_info::ClientInfo,
    },
    error::Error,
    exchange::{
        access_tokens::{self, Invalid},
        cache::RevokedSessions,
        domain::{Holder, Presented, parse_authorization},
    },
    keys::cache::SigningKeys,
};

/// A revoked key and a session that ended elsewhere stop within this.
const CACHED_FOR: Duration = Duration::from_mins(1);
/// Credentials cached, valid and invalid together.
const MAX_CACHED: u64 = 50_000;
/// How long a credential that was valid does not count as a guess, whatever else its network sends.
const KNOWN_FOR: Duration = Duration::from_hours(1);
/// Identity responds from memory or with one row. A replica that has just started on a busy machine was seen to take more than
/// two seconds, and callers, who wait for ten, prefer that to a refusal.
const DEADLINE: Duration = Duration::from_secs(5);

pub(crate) struct Credentials {
    keys: SigningKeys,
    identity: Peer,
    revoked: RevokedSessions,
    clock: Clock,
    /// By fingerprint; `None` is a credential that is not valid.
    holders: Cache<[u8; 32], Option<Arc<Holder>>>,
    /// By fingerprint, credentials that were valid a while ago: whether they have a limit of their own, which sessions and secret
    /// keys have and publishable keys do not.
    known: Cache<[u8; 32], bool>,
}

impl Credentials {
    pub(crate) fn new(
        keys: SigningKeys,
        identity: Peer,
        revoked: RevokedSessions,
        clock: Clock,
    ) -> Self {
        let holders = Cache::builder().max_capacity(MAX_CACHED).time_to_live(CACHED_FOR).build();
        let known = Cache::builder().max_capacity(MAX_CACHED).time_to_live(KNOWN_FOR).build();
        Self { keys, identity, revoked, clock, holders, known }
    }

    /// The holder of the credential in an Authorization header. One that is not valid is counted at admission.
    pub(crate) async fn holder(
        &self,
        header: Option<&str>,
        admission: &Admission,
        client: &mut ClientInfo,
    ) -> Result<Arc<Holder>, Problem> {
        let holder = match header.and_then(parse_authorization) {
            None => return Err(admission.miss(client, Error::Unauthorized).into()),
            Some(Presented::AccessToken(token)) => {
                let holder = self.by_access_token(token).await?;
                // A client that has to renew its token is not guessing.
                if holder.as_ref().is_err_and(|invalid| *invalid == Invalid::Forged) {
                    admission.count(Counted::FailedCredential, client)?;
                }
                holder.ok()
            }
            Some(Presented::ApiKey(key)) => self.by_api_key(key, admission, client).await?,
        };
        Ok(holder.ok_or(Error::Unauthorized)?)
    }

    /// Whether this header was valid a while ago, and has a limit of its own.
    pub(crate) fn is_known(&self, header: Option<&str>) -> bool {
        let Some(Presented::AccessToken(text) | Presented::ApiKey(text)) =
            header.and_then(parse_authorization)
        else {
            return false;
        };
        self.known.get(&fingerprint(text)) == Some(true)
    }

    /// Revokes the session of an access token that comes with a sign-out, if the token is valid.
    pub(crate) async fn revoke_session(&self, header: Option<&str>) {
        let now = self.clock.now().timestamp();
        if let Some(Presented::AccessToken(token)) = header.and_then(parse_authorization)
            && let Ok(holder) = access_tokens::verify(&self.keys, token, fingerprint(token), now)
            && let Some(session_id) = holder.session_id
        {
            self.revoked.add(session_id).await;
        }
    }

    async fn by_access_token(&self, token: &str) -> Result<Result<Arc<Holder>, Invalid>, Problem> {
        let (fingerprint, now) = (fingerprint(token), self.clock.now().timestamp());
        if let Some(cached) = self.holders.get(&fingerprint) {
            let is_valid = |holder: &Arc<Holder>| {
                holder.expires_at.is_none_or(|at| at > now)
                    && !holder.session_id.is_some_and(|id| self.revoked.contains_locally(id))
            };
            return Ok(cached.filter(is_valid).ok_or(Invalid::Expired));
        }
        // Forged tokens are not cached, since strangers could fill the cache with them: each costs a signature check.
        let signed = match access_tokens::verify(&self.keys, token, fingerprint, now) {
            Ok(signed) => signed,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let Some(session_id) = signed.session_id else { return Ok(Err(Invalid::Expired)) };
        if self.revoked.contains(session_id).await {
            return Ok(Err(Invalid::Expired));
        }
        let is_same = |principal: &Principal| {
            principal.tenant_id == signed.principal.tenant_id
                && principal.actor_id == signed.principal.actor_id
        };
        let principal = self.session_principal(session_id).await?.filter(is_same);
        let holder = principal.map(|principal| Holder { principal, ..signed });
        Ok(self.cache(fingerprint, holder).ok_or(Invalid::Expired))
    }

    /// Who has a session and what they may do now; none if it has ended.
    async fn session_principal(&self, session_id: Uuid) -> Result<Option<Principal>, Problem> {
        let question = Alive { session_id };
        principal(self.identity.post("/internal/v1/sessions/alive", &question, DEADLINE).await)
    }

    /// A key counts as a guess before identity is asked, so that many at once cannot pass together; one that is valid is
    /// refunded.
    async fn by_api_key(
        &self,
        key: &str,
        admission: &Admission,
        client: &mut ClientInfo,
    ) -> Result<Option<Arc<Holder>>, Problem> {
        let fingerprint = fingerprint(key);
        let is_invalid = match self.holders.get(&fingerprint) {
            Some(Some(holder)) => return Ok(Some(holder)),
            cached => cached.is_some(),
        };
        let is_guess = !self.known.contains_key(&fingerprint);
        if is_guess {
            admission.count(Counted::FailedCredential, client)?;
        }
        if is_invalid {
            return Ok(None);
        }
        let question = Credential::ApiKey { key: key.to_owned() };
        let response = self.identity.post("/internal/v1/credentials/verify", &question, DEADLINE);
        let principal = principal(response.await);
        if is_guess && !matches!(principal, Ok(None)) {
            admission.refund(Counted::FailedCredential, client);
        }
        let holder =
            |principal| Holder { fingerprint, principal, expires_at: None, session_id: None };
        Ok(self.cache(fingerprint, principal?.map(holder)))
    }

    fn cache(&self, fingerprint: [u8; 32], holder: Option<Holder>) -> Option<Arc<Holder>> {
        let holder = holder.map(Arc::new);
        match &holder {
            Some(holder) => self.known.insert(fingerprint, !holder.principal.publishable),
            None => self.known.invalidate(&fingerprint),
        }
        self.holders.insert(fingerprint, holder.clone());
        holder
    }
}

/// Identity's response; none if the credential is not valid. With 401 identity refuses our own credential (a clock that is
/// wrong, a workload key that it does not know yet), which says nothing of the caller's.
fn principal(response: Result<Principal, CallError>) -> Result<Option<Principal>, Problem> {
    match response {
        Ok(mut principal) => {
            // Some keys were stored before identity normalised origins.
            principal.origins.iter_mut().for_each(|origin| *origin = normalize(origin));
            Ok(Some(principal))
        }
        Err(CallError::Answered { status: 404 | 422, .. }) => Ok(None),
        Err(error) => {
            tracing::warn!(%error, "failed to verify a credential");
            Err(Problem::unavailable("The directory of credentials"))
        }
    }
}

fn fingerprint(credential: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, credential.as_bytes()).as_ref());
    bytes
}
