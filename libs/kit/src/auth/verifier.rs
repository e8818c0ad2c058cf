//! Verifies the token of a request: its signature, audience, life and issuer.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use moka::sync::Cache;

use super::{
    claims::{self, Claims, GATEWAY, MAX_TOKEN_SECONDS},
    workload::WORKLOAD_KID,
};
use crate::clock::Clock;

/// An unknown `kid` makes us fetch the key set again, at most this often.
const REFETCH: Duration = Duration::from_secs(2);
/// Age at which the key set is fetched again although nothing is missing from it.
const REFRESH: Duration = Duration::from_mins(5);
/// Verified tokens remembered, so that each signature is checked once.
const MAX_REMEMBERED: u64 = 10_000;

/// Why a token does not hold. Told to nobody but the log.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Bad signature, wrong audience, expired, malformed.
    #[error("the token does not hold: {0}")]
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

/// When the gateway's key set was asked for, and when it came.
#[derive(Default)]
struct Fetched {
    tried: Option<Instant>,
    done: Option<Instant>,
}

struct Inner {
    audience: String,
    workloads: HashMap<String, DecodingKey>,
    jwks_url: String,
    http: reqwest::Client,
    gateway: RwLock<HashMap<String, DecodingKey>>,
    fetching: tokio::sync::Mutex<Fetched>,
    remembered: Cache<String, Arc<Claims>>,
    clock: Clock,
}

impl Verifier {
    /// `workload_jwks`: the public workload keys, a JWK set as JSON. `jwks_url`: where the gateway publishes its keys.
    pub fn new(
        audience: &str,
        workload_jwks: &str,
        jwks_url: String,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let set: JwkSet = serde_json::from_str(workload_jwks)?;
        let http = crate::client::plain::build(Duration::from_secs(3))?;
        let remembered = Cache::builder()
            .max_capacity(MAX_REMEMBERED)
            .time_to_live(Duration::from_mins(1))
            .build();
        Ok(Self {
            inner: Arc::new(Inner {
                audience: audience.to_owned(),
                workloads: decoding_keys(&set)?,
                jwks_url,
                http,
                gateway: RwLock::default(),
                fetching: tokio::sync::Mutex::default(),
                remembered,
                clock,
            }),
        })
    }

    /// The claims of a token that holds.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, AuthError> {
        let now = self.inner.clock.now().timestamp();
        if let Some(claims) = self.inner.remembered.get(token).filter(|claims| claims.exp > now) {
            return Ok(claims);
        }
        let header =
            jsonwebtoken::decode_header(token).map_err(|e| AuthError::Invalid(e.to_string()))?;
        if !claims::is_access_token(&header) {
            return Err(AuthError::Invalid("not an access token by its type".to_owned()));
        }
        let kid = header.kid.unwrap_or_default();
        let key = self.key(&kid).await?;
        let claims = self.check(token, &kid, &key, now)?;
        let claims = Arc::new(claims);
        self.inner.remembered.insert(token.to_owned(), claims.clone());
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
        // The clock is ours (tests move it), so expiry is checked below.
        validation.validate_exp = false;
        let claims: Claims = jsonwebtoken::decode(token, key, &validation)
            .map_err(|e| AuthError::Invalid(e.to_string()))?
            .claims;
        if claims.exp <= now || claims.exp > now + MAX_TOKEN_SECONDS + 5 {
            return Err(AuthError::Invalid("expired, or too long a life".to_owned()));
        }
        let workload = kid.strip_prefix(WORKLOAD_KID);
        // The gateway has a workload key too, and that one speaks for no tenant either.
        if claims.iss != workload.unwrap_or(GATEWAY)
            || (workload.is_some() && claims.tenant.is_some())
        {
            return Err(AuthError::Invalid("the issuer does not own the key".to_owned()));
        }
        Ok(claims)
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey, AuthError> {
        let unknown = || AuthError::Invalid(format!("unknown key {kid}"));
        if kid.starts_with(WORKLOAD_KID) {
            return self.inner.workloads.get(kid).cloned().ok_or_else(unknown);
        }
        if let Some(key) = self.known(kid).filter(|_| !self.is_stale()) {
            return Ok(key);
        }
        match self.fetch().await {
            // The set cannot be had now: keys we know go on.
            Err(error) if self.known(kid).is_none() => return Err(error),
            _ => {}
        }
        self.known(kid).ok_or_else(unknown)
    }

    /// A retired key must not be trusted for ever, so the set is fetched anew from time to time.
    fn is_stale(&self) -> bool {
        let fetched = self.inner.fetching.try_lock();
        fetched.is_ok_and(|fetched| fetched.tried.is_none_or(|at| at.elapsed() > REFRESH))
    }

    fn known(&self, kid: &str) -> Option<DecodingKey> {
        self.inner.gateway.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    async fn fetch(&self) -> Result<(), AuthError> {
        let mut fetched = self.inner.fetching.lock().await;
        if fetched.done.is_some_and(|at| at.elapsed() < REFETCH) {
            return Ok(());
        }
        fetched.tried = Some(Instant::now());
        let unavailable = |e: reqwest::Error| AuthError::Unavailable(e.to_string());
        let response =
            self.inner.http.get(&self.inner.jwks_url).send().await.map_err(unavailable)?;
        let set: JwkSet =
            response.error_for_status().map_err(unavailable)?.json().await.map_err(unavailable)?;
        let keys = decoding_keys(&set).map_err(|e| AuthError::Unavailable(e.to_string()))?;
        *self.inner.gateway.write().unwrap_or_else(PoisonError::into_inner) = keys;
        fetched.done = Some(Instant::now());
        Ok(())
    }
}

fn decoding_keys(set: &JwkSet) -> anyhow::Result<HashMap<String, DecodingKey>> {
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        keys.insert(jwk.common.key_id.clone().unwrap_or_default(), DecodingKey::from_jwk(jwk)?);
    }
    Ok(keys)
}
