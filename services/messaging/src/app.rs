//! What every handler, consumer and job is given first.

use std::sync::Arc;

use anyhow::Context as _;
use kit::{db::Db, keyring::Keyring, service::Kit};

use crate::{
    config::Config,
    mail::{client::Relay, dkim::Signer, token::TokenKey},
};

/// The service's parts.
pub struct App {
    pub(crate) config: Config,
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    /// The keys of supporters; tests destroy some.
    pub keyring: Keyring,
    pub(crate) relay: Relay,
    /// Shared with the blocking threads that sign.
    pub(crate) signer: Arc<Signer>,
    pub(crate) tokens: TokenKey,
}

impl App {
    pub(crate) fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let signer = Signer::new(config.dkim_key.expose(), &config.domain, &config.selector)
            .context("FOLKMOOT_MESSAGING_DKIM_KEY")?;
        Ok(Self {
            db: kit.db()?,
            keyring: kit.keyring()?,
            relay: Relay::new(config.target.clone(), &config.domain)?,
            signer: Arc::new(signer),
            tokens: TokenKey::new(&config.token_key),
            config,
            kit,
        })
    }
}
