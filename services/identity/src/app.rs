//! What every handler is given.

use chrono::Duration;
use kit::{db::Db, keyring::Keyring, service::Kit};

use crate::{config::Config, users::hasher::Hasher};

/// Identity at work.
pub struct App {
    pub(crate) kit: Kit,
    pub(crate) db: Db,
    pub(crate) keyring: Keyring,
    pub(crate) hasher: Hasher,
    /// How long the sign-in log keeps an attempt.
    pub(crate) sign_in_life: Duration,
}

impl App {
    pub(crate) fn new(config: &Config, kit: Kit) -> anyhow::Result<Self> {
        Ok(Self {
            db: kit.db()?,
            keyring: kit.keyring()?,
            hasher: Hasher::new(config.hash_permits)?,
            sign_in_life: Duration::days(config.sign_in_days.into()),
            kit,
        })
    }
}
