//! What every handler, consumer and job is given first.

use kit::{db::Db, keyring::Keyring, service::Kit};

use crate::{config::Config, receipts::signer::Signer};

/// The service's parts.
pub struct App {
    pub(crate) config: Config,
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    /// Finds people, destroys their keys, and shows that the keys are gone.
    pub keyring: Keyring,
    pub(crate) signer: Signer,
}

impl App {
    pub(crate) fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        Ok(Self {
            db: kit.db()?,
            keyring: kit.keyring()?,
            signer: Signer::parse(&config.receipt_key)?,
            config,
            kit,
        })
    }
}
