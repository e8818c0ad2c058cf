//! The one way out: who may use it, what is remembered, how often, how long, and when to leave a provider alone.

use std::{collections::HashSet, num::NonZeroU32, sync::Arc, time::Duration};

use aws_lc_rs::hmac;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use kit::secret::Secret;
use moka::sync::Cache;
use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

use super::{Question, breaker::Breaker, kind::Kind};
use crate::geocoding::domain::Feature;

/// A caller waits no longer; what we know ourselves is answered then.
const DEADLINE: Duration = Duration::from_secs(2);
/// Questions under way at once.
const MAX_CONCURRENT: usize = 8;
/// Largest answer that is read, bytes.
const MAX_ANSWER: usize = 256 * 1024;
/// Answers remembered, and for how long. Both stay small: they are about people.
const REMEMBERED: u64 = 10_000;
const REMEMBERED_FOR: Duration = Duration::from_mins(15);
/// Providers want to know who asks.
const USER_AGENT: &str = concat!("folkmoot/", env!("CARGO_PKG_VERSION"));

/// Settings of the provider.
#[derive(Debug)]
pub struct ProviderConfig {
    /// Whose form it has.
    pub kind: Kind,
    /// Its address without the last part of the path.
    pub url: Url,
    /// Its key, where it wants one.
    pub key: Secret,
    /// Who may use it.
    pub tenants: HashSet<Uuid>,
    /// Questions a second.
    pub per_second: NonZeroU32,
}

/// A provider that is in use.
pub struct Provider {
    config: ProviderConfig,
    http: reqwest::Client,
    /// By a keyed hash: what was asked is not kept.
    remembered: Cache<[u8; 32], Arc<Vec<Feature>>>,
    names: hmac::Key,
    limit: DefaultDirectRateLimiter,
    permits: Semaphore,
    breaker: Breaker,
}

/// Why there is no answer. Never names what was asked.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum AskError {
    #[error("it is asked as much as it may be")]
    Busy,
    #[error("it failed too often and is not asked for a while")]
    Open,
    #[error("it was not reached in time")]
    Unreached,
    #[error("it answered with status {0}")]
    Status(u16),
    #[error("its answer is too long")]
    TooLong,
    #[error("its answer cannot be read")]
    Unreadable,
}

impl Provider {
    /// `secret` makes the names under which answers are remembered; it must be random.
    pub fn new(config: ProviderConfig, secret: &[u8]) -> anyhow::Result<Self> {
        let limit = RateLimiter::direct(Quota::per_second(config.per_second));
        Ok(Self {
            http: kit::client::plain::build(DEADLINE)?,
            remembered: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            names: hmac::Key::new(hmac::HMAC_SHA256, secret),
            limit,
            permits: Semaphore::new(MAX_CONCURRENT),
            breaker: Breaker::default(),
            config,
        })
    }

    /// Whether this tenant has a basis to send what its supporters type.
    pub fn serves(&self, tenant_id: Uuid) -> bool {
        self.config.tenants.contains(&tenant_id)
    }

    /// Whether it failed so often that it is not asked for a while.
    pub(crate) fn is_paused(&self) -> bool {
        self.breaker.is_open()
    }

    /// In ids and answers.
    pub fn name(&self) -> &'static str {
        self.config.kind.name()
    }

    /// To be shown where its answers are shown.
    pub fn attribution(&self) -> &'static str {
        self.config.kind.attribution()
    }

    /// Asks, unless the answer is remembered.
    pub async fn ask(
        &self,
        question: &Question,
        limit: usize,
    ) -> Result<Arc<Vec<Feature>>, AskError> {
        let name = self.name_of(question, limit);
        if let Some(features) = self.remembered.get(&name) {
            return Ok(features);
        }
        if self.breaker.is_open() {
            return Err(AskError::Open);
        }
        let _permit = self.permits.try_acquire().map_err(|_full| AskError::Busy)?;
        self.limit.check().map_err(|_until| AskError::Busy)?;
        let answer = self.fetch(question, limit).await;
        self.breaker.told(answer.is_ok());
        let features = Arc::new(answer?);
        self.remembered.insert(name, features.clone());
        Ok(features)
    }

    async fn fetch(&self, question: &Question, limit: usize) -> Result<Vec<Feature>, AskError> {
        let ProviderConfig { kind, url, key, .. } = &self.config;
        let url = kind.url(url, key.expose(), question, limit);
        let request = self.http.get(url).header(reqwest::header::USER_AGENT, USER_AGENT);
        // The error would name the address, and with it what was asked.
        let mut response = request.send().await.map_err(|_names_the_url| AskError::Unreached)?;
        if !response.status().is_success() {
            return Err(AskError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|_cut| AskError::Unreached)? {
            if body.len() + part.len() > MAX_ANSWER {
                return Err(AskError::TooLong);
            }
            body.extend(part);
        }
        kind.features(&body, question).map_err(|_may_quote_it| AskError::Unreadable)
    }

    fn name_of(&self, question: &Question, limit: usize) -> [u8; 32] {
        let tag = hmac::sign(&self.names, format!("{question:?} {limit}").as_bytes());
        tag.as_ref().try_into().unwrap_or_default()
    }
}
