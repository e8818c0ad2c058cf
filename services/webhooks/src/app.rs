//! What webhooks' handlers, consumers and jobs get first.

use kit::{
    clock::Clock,
    db::Db,
    id::Ids,
    keyring::{Keyring, sealed::DataKey},
    service::Kit,
};

use crate::{
    config::Config,
    sending::{client::Sender, guard::Policy},
};

/// Webhooks.
pub struct App {
    /// Its database.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Ids, secrets and jitter.
    pub ids: Ids,
    /// Only to forget keys of erased people.
    pub keyring: Keyring,
    /// Wraps the endpoints' secrets.
    pub secret_key: DataKey,
    /// Where a delivery may go.
    pub policy: Policy,
    /// Sends.
    pub sender: Sender,
    /// The kit's other parts.
    pub kit: Kit,
}

impl App {
    /// Builds the app.
    pub fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let sender = Sender::new(&config.policy)?;
        let Config { secret_key, policy } = config;
        let (db, clock, ids) = (kit.db()?, kit.clock.clone(), kit.ids);
        Ok(Self { db, clock, ids, keyring: kit.keyring()?, secret_key, policy, sender, kit })
    }
}
