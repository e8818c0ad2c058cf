//! What every handler is given first.

use anyhow::Context as _;
use aws_lc_rs::hmac;
use kit::{db::Db, service::Kit};

use crate::{
    config::{Config, WrapKey},
    edge::{forwarded::Proxies, origins::LiveOrigins, visit::Network},
    exchange::{ended::Ended, lookup::Lookup, tokens::Tokens},
    keys::{self, ring::Ring},
    limits::Limiter,
    openapi::document::Document,
    pages::render::Renderer,
    proxy::upstream::Upstream,
};

/// The gateway's parts.
pub struct App {
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    pub(crate) wrap_key: WrapKey,
    pub(crate) ring: Ring,
    pub(crate) lookup: Lookup,
    pub(crate) tokens: Tokens,
    pub(crate) origins: LiveOrigins,
    pub(crate) identity: kit::client::Peer,
    pub(crate) limiter: Limiter,
    /// For the readiness check; limits and sign-outs have connections of their own.
    pub(crate) redis: redis::Client,
    pub(crate) upstream: Upstream,
    pub(crate) trusted_proxies: Proxies,
    pub(crate) document: Document,
    pub(crate) renderer: Renderer,
    names: hmac::Key,
}

impl App {
    pub(crate) async fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let (db, identity) = (kit.db()?, kit.peer("identity")?);
        let (wrap, clock) = (config.wrap_key.data_key(), kit.clock.clone());
        let (next_id, now) = (kit.ids.next(), clock.now());
        let stored = db
            .system_tx("keys.start", async |conn| {
                keys::ops::rotate(conn, &wrap, next_id, now).await
            })
            .await?;
        let ring = Ring::new(&stored, &wrap, clock.clone())?;
        let root = hmac::Key::new(hmac::HMAC_SHA256, &config.wrap_key.0);
        let derived = hmac::sign(&root, b"folkmoot gateway networks v1");
        Ok(Self {
            lookup: Lookup::new(
                ring.clone(),
                identity.clone(),
                Ended::new(&config.redis_url)?,
                clock.clone(),
            ),
            tokens: Tokens::new(ring.clone(), clock, kit.ids),
            origins: LiveOrigins::new(identity.clone()),
            limiter: Limiter::new(&config.redis_url, config.limit_scale)?,
            redis: redis::Client::open(config.redis_url.expose()).context("REDIS_URL")?,
            upstream: Upstream::new(&kit)?,
            trusted_proxies: config.trusted_proxies,
            document: Document::new()?,
            renderer: Renderer::new()?,
            names: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
            wrap_key: config.wrap_key,
            kit,
            db,
            ring,
            identity,
        })
    }

    /// A network under a name that only this gateway can make: Redis learns no addresses.
    pub(crate) fn network_hash(&self, network: Network) -> String {
        self.hash(&network.to_string())
    }

    /// An account that somebody signs in to, known or not, under such a name.
    pub(crate) fn account_hash(&self, email: &str) -> String {
        self.hash(&format!("account {}", email.trim().to_lowercase()))
    }

    fn hash(&self, text: &str) -> String {
        let hash = hmac::sign(&self.names, text.as_bytes());
        hex::encode(hash.as_ref().get(..12).unwrap_or_default())
    }
}
