//! What every handler, consumer and job is given first.

use kit::{db::Db, keyring::Keyring, service::Kit};

use crate::{config::Config, users::workflow::hasher::Hasher};

/// The service's parts.
pub struct App {
    pub(crate) config: Config,
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    pub(crate) keyring: Keyring,
    pub(crate) hasher: Hasher,
}

impl App {
    pub(crate) fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        Ok(Self {
            db: kit.db()?,
            keyring: kit.keyring()?,
            hasher: Hasher::new(config.hash_permits)?,
            config,
            kit,
        })
    }
}
