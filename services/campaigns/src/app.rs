//! What every handler, consumer and job is given first.

use kit::{client::Peer, db::Db, keyring::Keyring, service::Kit};

use crate::{campaigns::cache::Cache, config::Config, representatives::reach::Reach};

/// The service's parts.
pub struct App {
    pub(crate) config: Config,
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    pub(crate) keyring: Keyring,
    pub(crate) postcodes: Peer,
    pub(crate) campaigns: Cache,
    pub(crate) reach: Reach,
}

impl App {
    pub(crate) fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        Ok(Self {
            config,
            db: kit.db()?,
            keyring: kit.keyring()?,
            postcodes: kit.peer("postcodes")?,
            campaigns: Cache::new(),
            reach: Reach::new(),
            kit,
        })
    }
}
