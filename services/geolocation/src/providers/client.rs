//! The only way to an external provider: which tenants may use it, cache, rate limit, deadline, circuit breaker.

mod google;
mod nominatim;
mod os_places;
mod photon;
mod result;

use std::{collections::HashSet, num::NonZeroU32, sync::Arc, time::Duration};

use aws_lc_rs::hmac;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use kit::{
    client::{breaker::Breaker, plain},
    secret::Secret,
};
use moka::sync::Cache;
use reqwest::header::USER_AGENT;
use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

use super::domain::{ProviderKind, Question};
use crate::geocoding::domain::Feature;

/// A caller does not wait longer; then our own results are returned.
const DEADLINE: Duration = Duration::from_secs(2);
/// Requests in progress at once.
const MAX_CONCURRENT: usize = 8;
/// Largest response that is read, bytes.
const MAX_RESPONSE_BYTES: usize = 256 * 1024;
/// Cached results, and for how long. Both are small, since the results are about people.
const CACHED: u64 = 10_000;
const CACHED_FOR: Duration = Duration::from_mins(15);
/// How long the provider is not called after failures in a row.
const BREAKER_PAUSE: Duration = Duration::from_secs(30);
/// Providers require that clients identify themselves.
const OUR_USER_AGENT: &str = concat!("folkmoot/", env!("CARGO_PKG_VERSION"));

/// Settings of the provider.
#[derive(Debug)]
pub(crate) struct ProviderConfig {
    pub(crate) kind: ProviderKind,
    /// Its address without the last part of the path.
    pub(crate) url: Url,
    /// Its key, if it needs one.
    pub(crate) key: Secret,
    /// Tenants that may use it.
    pub(crate) tenants: HashSet<Uuid>,
    /// Requests per second.
    pub(crate) per_second: NonZeroU32,
}

/// A configured provider.
pub(crate) struct Provider {
    config: ProviderConfig,
    http: reqwest::Client,
    /// By a keyed hash, so that questions are not kept.
    cache: Cache<[u8; 32], Arc<Vec<Feature>>>,
    cache_key: hmac::Key,
    limit: DefaultDirectRateLimiter,
    permits: Semaphore,
    breaker: Breaker,
}

/// Why there is no answer. Never repeats the question.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error("its rate limit is reached")]
    Busy,
    #[error("it failed too often and is not called for a while")]
    Paused,
    #[error("it was not reached in time")]
    Unreachable,
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("its answer is too long")]
    TooLong,
    #[error("its answer cannot be read")]
    Unreadable,
}

impl Provider {
    /// `secret` is the key of the hashes under which results are cached; it must be random.
    pub(crate) fn new(config: ProviderConfig, secret: &[u8]) -> anyhow::Result<Self> {
        Ok(Self {
            http: plain::build(DEADLINE)?,
            cache: Cache::builder().max_capacity(CACHED).time_to_live(CACHED_FOR).build(),
            cache_key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            limit: RateLimiter::direct(Quota::per_second(config.per_second)),
            permits: Semaphore::new(MAX_CONCURRENT),
            breaker: Breaker::new(BREAKER_PAUSE),
            config,
        })
    }

    /// Whether this tenant may send it what its supporters type.
    pub(crate) fn serves(&self, tenant_id: Uuid) -> bool {
        self.config.tenants.contains(&tenant_id)
    }

    /// Whether it failed so often that it is not called for a while.
    pub(crate) fn is_paused(&self) -> bool {
        self.breaker.is_open()
    }

    pub(crate) fn kind(&self) -> ProviderKind {
        self.config.kind
    }

    /// The results for a question, from the cache if they are in it.
    pub(crate) async fn ask(
        &self,
        question: &Question,
        limit: usize,
    ) -> Result<Arc<Vec<Feature>>, ProviderError> {
        let hash = self.hash(question, limit);
        if let Some(features) = self.cache.get(&hash) {
            return Ok(features);
        }
        if self.breaker.is_open() {
            return Err(ProviderError::Paused);
        }
        let _permit = self.permits.try_acquire().map_err(|_full| ProviderError::Busy)?;
        self.limit.check().map_err(|_until| ProviderError::Busy)?;
        let answer = self.fetch(question, limit).await;
        self.breaker.record(answer.is_ok());
        let features = Arc::new(answer?);
        self.cache.insert(hash, features.clone());
        Ok(features)
    }

    async fn fetch(
        &self,
        question: &Question,
        limit: usize,
    ) -> Result<Vec<Feature>, ProviderError> {
        let request = self.http.get(self.url(question, limit)).header(USER_AGENT, OUR_USER_AGENT);
        // The error contains the URL, and with it the question.
        let sent = request.send().await;
        let mut response = sent.map_err(|_has_the_url| ProviderError::Unreachable)?;
        if !response.status().is_success() {
            return Err(ProviderError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|_cut| ProviderError::Unreachable)? {
            if body.len() + part.len() > MAX_RESPONSE_BYTES {
                return Err(ProviderError::TooLong);
            }
            body.extend(part);
        }
        self.features(&body, question).map_err(|_may_quote_the_body| ProviderError::Unreadable)
    }

    fn url(&self, question: &Question, limit: usize) -> Url {
        let ProviderConfig { kind, url, key, .. } = &self.config;
        match kind {
            ProviderKind::Nominatim => nominatim::url(url, question, limit),
            ProviderKind::Photon => photon::url(url, question, limit),
            ProviderKind::OsPlaces => os_places::url(url, key.expose(), question, limit),
            ProviderKind::Google => google::url(url, key.expose(), question),
        }
    }

    fn features(
        &self,
        body: &[u8],
        question: &Question,
    ) -> Result<Vec<Feature>, serde_json::Error> {
        let kind = self.config.kind;
        let results = match kind {
            ProviderKind::Nominatim => nominatim::parse(body)?,
            ProviderKind::Photon => photon::parse(body)?,
            ProviderKind::OsPlaces => os_places::parse(body)?,
            ProviderKind::Google => google::parse(body)?,
        };
        let is_reverse = matches!(question, Question::Point(_));
        let features = results.into_iter();
        Ok(features.filter_map(|result| result.into_feature(kind.as_str(), is_reverse)).collect())
    }

    fn hash(&self, question: &Question, limit: usize) -> [u8; 32] {
        let tag = hmac::sign(&self.cache_key, format!("{question:?} {limit}").as_bytes());
        tag.as_ref().try_into().unwrap_or_default()
    }
}
