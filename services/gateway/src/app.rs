//! What every handler is given first.

use std::sync::Arc;

use anyhow::Context as _;
use aws_lc_rs::hmac;
use contracts::values::email::EmailAddress;
use kit::{db::Db, service::Kit};

use crate::{
    config::{Config, WrapKey},
    edge::{
        connections::Connections, door::Door, forwarded::Proxies, origins::LiveOrigins,
        visit::Network,
    },
    exchange::{ended::Ended, lookup::Lookup, tokens::Tokens},
    keys::{self, ring::Ring},
    limits::{Limiter, classes, sign_ins},
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
    pub(crate) connections: Arc<Connections>,
    pub(crate) door: Door,
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
        let limiter = Limiter::new(&config.redis_url, config.limit_scale)?;
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
            redis: redis::Client::open(config.redis_url.expose()).context("REDIS_URL")?,
            connections: Connections::new(
                classes::scaled(classes::CONNECTIONS, config.limit_scale),
                config.trusted_proxies.trusted.clone(),
            ),
            door: Door::new(limiter.policies.door.clone()),
            limiter,
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

    /// An account that somebody signs in to, known or not, under such names. Every spelling of an address is one account, as
    /// it is for identity.
    pub(crate) fn sign_in_names(&self, email: &str, network: Network) -> sign_ins::Names {
        let address = EmailAddress::parse(email);
        let account = address.as_ref().map_or_else(|| email.trim(), EmailAddress::as_str);
        sign_ins::Names {
            account: self.hash(&format!("account {account}")),
            pair: self.hash(&format!("account {account} from {network}")),
        }
    }

    fn hash(&self, text: &str) -> String {
        let hash = hmac::sign(&self.names, text.as_bytes());
        hex::encode(hash.as_ref().get(..12).unwrap_or_default())
    }
}
