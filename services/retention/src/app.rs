//! What retention's handlers, consumers and jobs get first.

use chrono::TimeDelta;
use kit::{clock::Clock, db::Db, id::Ids, keyring::Keyring, service::Kit};

use crate::{config::Config, receipts::signer::Signer};

/// Retention.
pub struct App {
    /// Its database.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Ids.
    pub ids: Ids,
    /// Finds people, destroys their keys, says what became of them.
    pub keyring: Keyring,
    /// Signs receipts.
    pub signer: Signer,
    /// How long after the destruction of keys rows may still appear.
    pub settle: TimeDelta,
    /// The kit's other parts.
    pub kit: Kit,
}

impl App {
    /// Builds the app.
    pub fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let signer = Signer::parse(&config.receipt_key)?;
        let (clock, ids) = (kit.clock.clone(), kit.ids);
        let (db, keyring, settle) = (kit.db()?, kit.keyring()?, config.settle);
        Ok(Self { db, clock, ids, keyring, signer, settle, kit })
    }
}
