//! What every handler, consumer and job is given first.

use kit::{db::Db, keyring::Keyring, service::Kit};

use crate::{
    config::Config,
    sending::{client::Sender, places::Places},
};

/// The service's parts.
pub struct App {
    pub(crate) config: Config,
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    /// Only to drop the keys of erased people.
    pub(crate) keyring: Keyring,
    pub(crate) sender: Sender,
    pub(crate) places: Places,
}

impl App {
    pub(crate) fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        Ok(Self {
            db: kit.db()?,
            keyring: kit.keyring()?,
            sender: Sender::new(&config.policy)?,
            places: Places::default(),
            config,
            kit,
        })
    }
}
