//! What every handler and job is given first.

use std::sync::Arc;

use kit::{client::Peer, db::Db, keyring::service_key::ServiceKey, service::Kit};

use crate::{
    config::Config,
    edge::{
        admission::Admission, client::LiveOrigins, connections::Connections, forwarded::Proxies,
    },
    exchange::{
        cache::RevokedSessions,
        client::{credentials::Credentials, internal_tokens::InternalTokens},
    },
    keys::cache::SigningKeys,
    limits::{
        cache::Limiter,
        classes::{CONNECTIONS, scaled},
        pseudonyms::Pseudonyms,
    },
    openapi::file::Document,
    pages::renderer::Renderer,
    proxy::client::Upstream,
};

/// The gateway's parts.
pub struct App {
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    pub(crate) identity: Peer,
    pub(crate) wrap_key: ServiceKey,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) credentials: Credentials,
    pub(crate) tokens: InternalTokens,
    pub(crate) origins: LiveOrigins,
    pub(crate) connections: Arc<Connections>,
    pub(crate) admission: Admission,
    pub(crate) limiter: Limiter,
    pub(crate) pseudonyms: Pseudonyms,
    pub(crate) trusted_proxies: Proxies,
    pub(crate) upstream: Upstream,
    pub(crate) document: Document,
    pub(crate) renderer: Renderer,
}

impl App {
    pub(crate) fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let (identity, clock) = (kit.peer("identity")?, kit.clock.clone());
        let signing_keys = SigningKeys::new(clock.clone());
        let limiter = Limiter::new(&config.redis_url, config.limit_scale)?;
        Ok(Self {
            credentials: Credentials::new(
                signing_keys.clone(),
                identity.clone(),
                RevokedSessions::new(&config.redis_url)?,
                clock.clone(),
            ),
            tokens: InternalTokens::new(signing_keys.clone(), clock, kit.ids),
            origins: LiveOrigins::new(identity.clone()),
            connections: Connections::new(
                scaled(CONNECTIONS, config.limit_scale),
                config.trusted_proxies.trusted.clone(),
            ),
            admission: Admission::new(limiter.policies.admission.clone()),
            limiter,
            pseudonyms: Pseudonyms::new(config.wrap_key.current()),
            trusted_proxies: config.trusted_proxies,
            upstream: Upstream::new(&kit)?,
            document: Document::new()?,
            renderer: Renderer::new()?,
            wrap_key: config.wrap_key,
            db: kit.db()?,
            kit,
            identity,
            signing_keys,
        })
    }
}
