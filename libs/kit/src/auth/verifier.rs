//! Verifies tokens: signature, audience, lifetime and issuer.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use moka::sync::Cache;
use tokio_util::sync::CancellationToken;

use super::{
    claims::{self, Claims, GATEWAY, MAX_TOKEN_SECONDS},
    workload::WORKLOAD_KID,
};
use crate::{client::plain, clock::Clock};

/// The key set is fetched again for an unknown `kid`, but not more often than this.
const REFETCH_AFTER: Duration = Duration::from_secs(2);
/// Age at which the key set is fetched again in any case, since a retired key must not be trusted for ever.
const REFRESH_AFTER: Duration = Duration::from_mins(5);
/// Time for all attempts of one fetch.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a service that has just started tries to fetch the first key set.
const FIRST_FETCH_EVERY: Duration = Duration::from_secs(1);
/// Most verified tokens in the cache, thanks to which each signature is checked once.
const CACHE_CAPACITY: u64 = 10_000;

/// Why a token was not accepted. For the log: clients get a 401 or a 503 without it.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// It is malformed or expired, or its signature, audience or issuer is wrong.
    #[error("the token is not valid: {0}")]
    Invalid(String),
    /// The key set could not be fetched.
    #[error("the key set is not available: {0}")]
    Unavailable(String),
}

/// Verifies tokens meant for one service.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

/// When the gateway's key set was last requested, and when it was last received.
#[derive(Default)]
struct Fetches {
    requested_at: Option<Instant>,
    received_at: Option<Instant>,
}

struct Inner {
    audience: String,
    /// Several of one service while its key is replaced.
    workload_keys: HashMap<String, Vec<DecodingKey>>,
    jwks_url: String,
    http: reqwest::Client,
    gateway_keys: RwLock<HashMap<String, DecodingKey>>,
    fetches: tokio::sync::Mutex<Fetches>,
    cache: Cache<String, Arc<Claims>>,
    clock: Clock,
}

impl Verifier {
    /// `workload_jwks` is the JWK set of the public workload keys, as JSON; `jwks_url` is where the gateway publishes its
    /// own.
    pub fn new(
        audience: &str,
        workload_jwks: &str,
        jwks_url: String,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let set: JwkSet = serde_json::from_str(workload_jwks)?;
        let http = plain::build(FETCH_TIMEOUT)?;
        let cache = Cache::builder()
            .max_capacity(CACHE_CAPACITY)
            .time_to_live(Duration::from_mins(1))
            .build();
        Ok(Self {
            inner: Arc::new(Inner {
                audience: audience.to_owned(),
                workload_keys: workload_keys(&set)?,
                jwks_url,
                http,
                gateway_keys: RwLock::default(),
                fetches: tokio::sync::Mutex::default(),
                cache,
                clock,
            }),
        })
    }

    /// Fetches the first key set, until that succeeds or the process is asked to end. The first request would otherwise wait
    /// for it, and fail if it cannot be fetched at that moment.
    pub(crate) async fn fetch_first(self, stop: CancellationToken) {
        while let Err(error) = self.fetch().await {
            tracing::debug!(%error, "no key set yet");
            tokio::select! {
                () = tokio::time::sleep(FIRST_FETCH_EVERY) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Verifies a token and returns its claims.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, AuthError> {
        let now = self.inner.clock.now().timestamp();
        if let Some(claims) = self.inner.cache.get(token).filter(|claims| claims.exp > now) {
            return Ok(claims);
        }
        let header =
            jsonwebtoken::decode_header(token).map_err(|e| AuthError::Invalid(e.to_string()))?;
        if !claims::is_access_token(&header) {
            return Err(AuthError::Invalid("it is not an access token".to_owned()));
        }
        let kid = header.kid.unwrap_or_default();
        let mut outcome = Err(AuthError::Invalid(format!("unknown key {kid}")));
        for key in self.keys(&kid).await? {
            outcome = self.check(token, &kid, &key, now);
            if outcome.is_ok() {
                break;
            }
        }
        let claims = Arc::new(outcome?);
        self.inner.cache.insert(token.to_owned(), claims.clone());
        Ok(claims)
    }

    fn check(
        &self,
        token: &str,
        kid: &str,
        key: &DecodingKey,
        now: i64,
    ) -> Result<Claims, AuthError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[&self.inner.audience]);
        // Expiry is checked below, by the clock that tests can move.
        validation.validate_exp = false;
        let claims: Claims = jsonwebtoken::decode(token, key, &validation)
            .map_err(|e| AuthError::Invalid(e.to_string()))?
            .claims;
        if claims.exp <= now || claims.exp > now + MAX_TOKEN_SECONDS + 5 {
            return Err(AuthError::Invalid("it is expired, or valid for too long".to_owned()));
        }
        let workload = kid.strip_prefix(WORKLOAD_KID);
        // The gateway also has a workload key, whose tokens must not carry a tenant either.
        if claims.iss != workload.unwrap_or(GATEWAY)
            || (workload.is_some() && claims.tenant.is_some())
        {
            return Err(AuthError::Invalid("the issuer does not own the key".to_owned()));
        }
        Ok(claims)
    }

    /// The keys that may have signed a token; none for an unknown `kid`.
    async fn keys(&self, kid: &str) -> Result<Vec<DecodingKey>, AuthError> {
        if kid.starts_with(WORKLOAD_KID) {
            return Ok(self.inner.workload_keys.get(kid).cloned().unwrap_or_default());
        }
        if let Some(key) = self.gateway_key(kid).filter(|_| !self.is_stale()) {
            return Ok(vec![key]);
        }
        match self.fetch().await {
            Err(error) if self.gateway_key(kid).is_none() => return Err(error),
            // If the set could not be fetched, the keys of the last one remain in use.
            _ => {}
        }
        Ok(self.gateway_key(kid).into_iter().collect())
    }

    /// Whether the key set should be fetched again, unless that is happening already.
    fn is_stale(&self) -> bool {
        let fetches = self.inner.fetches.try_lock();
        fetches.is_ok_and(|it| it.requested_at.is_none_or(|at| at.elapsed() > REFRESH_AFTER))
    }

    fn gateway_key(&self, kid: &str) -> Option<DecodingKey> {
        self.inner.gateway_keys.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    async fn fetch(&self) -> Result<(), AuthError> {
        let mut fetches = self.inner.fetches.lock().await;
        if fetches.received_at.is_some_and(|at| at.elapsed() < REFETCH_AFTER) {
            return Ok(());
        }
        fetches.requested_at = Some(Instant::now());
        let set = self.request().await.map_err(|e| AuthError::Unavailable(e.to_string()))?;
        let keys = decoding_keys(&set).map_err(|e| AuthError::Unavailable(e.to_string()))?;
        if keys.is_empty() {
            return Err(AuthError::Unavailable("the gateway has no key yet".to_owned()));
        }
        *self.inner.gateway_keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        fetches.received_at = Some(Instant::now());
        Ok(())
    }

    async fn request(&self) -> reqwest::Result<JwkSet> {
        let Inner { http, jwks_url, .. } = &*self.inner;
        let request = http.get(jwks_url).timeout(FETCH_TIMEOUT).build()?;
        plain::send(http, request, true).await?.error_for_status()?.json().await
    }
}

fn workload_keys(set: &JwkSet) -> anyhow::Result<HashMap<String, Vec<DecodingKey>>> {
    let mut keys: HashMap<String, Vec<DecodingKey>> = HashMap::new();
    for jwk in &set.keys {
        let kid = jwk.common.key_id.clone().unwrap_or_default();
        keys.entry(kid).or_default().push(DecodingKey::from_jwk(jwk)?);
    }
    Ok(keys)
}

fn decoding_keys(set: &JwkSet) -> anyhow::Result<HashMap<String, DecodingKey>> {
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        keys.insert(jwk.common.key_id.clone().unwrap_or_default(), DecodingKey::from_jwk(jwk)?);
    }
    Ok(keys)
}
