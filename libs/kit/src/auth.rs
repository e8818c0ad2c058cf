//! Who calls: internal JWTs of the gateway, and workload credentials of services. Verified here, by every service itself.
//!
//! Access tokens by RFC 9068, `EdDSA` only, `aud` = the one service called. A gateway token carries a tenant and scopes and lives at most
//! 60 s; a workload token is signed by the calling service's own key and carries neither.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet},
};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{clock::Clock, id::Ids, secret::Secret};

/// Longest life of an internal token, in seconds (docs/security.md: a revoked key stops within 60 s).
pub const MAX_TOKEN_SECONDS: i64 = 60;
/// `iss` of tokens the gateway signs.
pub const GATEWAY: &str = contracts::services::GATEWAY.name;
/// `typ` of every token (RFC 9068 §2.1).
pub const TYPE: &str = "at+jwt";
/// `client_id` of people who signed in. There are no OAuth clients yet.
pub const SESSIONS: &str = "folkmoot-sessions";
/// Prefix of the `kid` of workload keys.
const WORKLOAD_KID: &str = "workload:";
/// An unknown `kid` makes us fetch the key set again, at most this often.
const REFETCH: Duration = Duration::from_secs(2);
/// Age at which the key set is fetched anew although nothing is missing from it.
const REFRESH: Duration = Duration::from_mins(5);
/// Verified tokens remembered, so that each signature is checked once.
const MAX_REMEMBERED: u64 = 10_000;

/// Claims of an internal token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// `gateway`, or the calling service.
    pub iss: String,
    /// User, key or service.
    pub sub: String,
    /// The one service called.
    pub aud: String,
    /// Expiry, seconds since 1970.
    pub exp: i64,
    /// Issue, seconds since 1970.
    pub iat: i64,
    /// This one token.
    pub jti: Uuid,
    /// Who got the token: an API key, `folkmoot-sessions` for people who signed in, `gateway` for a link, or a service.
    pub client_id: String,
    /// The one tenant this is about; absent in workload tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uuid>,
    /// Scopes, separated by spaces.
    #[serde(default)]
    pub scope: String,
    /// `user`, `api_key`, `link`, `service`.
    #[serde(default)]
    pub actor_kind: String,
}

impl Claims {
    /// Whether a scope is granted.
    pub fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|granted| granted == scope)
    }
}

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

/// Signs this service's own tokens for calls to other services.
#[derive(Clone)]
pub struct Workload {
    service: &'static str,
    key: EncodingKey,
    clock: Clock,
    tokens: Cache<String, String>,
}

impl Workload {
    /// Takes the base64 of a PKCS#8 Ed25519 key.
    pub fn new(service: &'static str, key: &Secret, clock: Clock) -> anyhow::Result<Self> {
        let der = B64.decode(key.expose().trim())?;
        let tokens =
            Cache::builder().max_capacity(100).time_to_live(Duration::from_secs(30)).build();
        Ok(Self { service, key: EncodingKey::from_ed_der(&der), clock, tokens })
    }

    /// A token for calls to `audience`.
    pub fn token(&self, audience: &str) -> anyhow::Result<String> {
        if let Some(token) = self.tokens.get(audience) {
            return Ok(token);
        }
        let now = self.clock.now().timestamp();
        let claims = Claims {
            iss: self.service.to_owned(),
            sub: self.service.to_owned(),
            aud: audience.to_owned(),
            exp: now + MAX_TOKEN_SECONDS,
            iat: now,
            jti: Ids.next(),
            client_id: self.service.to_owned(),
            tenant: None,
            scope: String::new(),
            actor_kind: "service".to_owned(),
        };
        let token = sign(&claims, &format!("{WORKLOAD_KID}{}", self.service), &self.key)?;
        self.tokens.insert(audience.to_owned(), token.clone());
        Ok(token)
    }
}

/// Signs claims with an Ed25519 key.
pub fn sign(claims: &impl Serialize, kid: &str, key: &EncodingKey) -> anyhow::Result<String> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.to_owned());
    Ok(jsonwebtoken::encode(&header, claims, key)?)
}

/// Whether a header names the type of access tokens, in full or in short.
pub fn is_access_token(header: &Header) -> bool {
    let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == TYPE
}

/// The public half of a PKCS#8 Ed25519 key, as a JWK with `kid`.
pub fn public_jwk(pkcs8: &[u8], kid: &str) -> anyhow::Result<Jwk> {
    let mut jwk = Jwk::from_encoding_key(&EncodingKey::from_ed_der(pkcs8), Algorithm::EdDSA)?;
    jwk.common.key_id = Some(kid.to_owned());
    Ok(jwk)
}

/// `kid` of a service's workload key.
pub fn workload_kid(service: &str) -> String {
    format!("{WORKLOAD_KID}{service}")
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
        if !is_access_token(&header) {
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
        self.inner
            .gateway
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get(kid)
            .cloned()
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
        *self.inner.gateway.write().unwrap_or_else(std::sync::PoisonError::into_inner) = keys;
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
