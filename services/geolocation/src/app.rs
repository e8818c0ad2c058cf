//! What the handlers are given: the databases, the places, and whom to ask.

use kit::{http::health::Status, service::Kit};

use crate::{
    config::Config,
    gazetteer::current::Current,
    lookup::databases::Databases,
    postcodes::Postcodes,
    providers::client::{AskError, Provider},
};

/// Read-only data in memory, any of which may be absent, and the ways to others.
pub struct App {
    /// Where addresses are looked up.
    pub databases: Databases,
    /// Named places.
    pub places: Current,
    /// The service that knows postcodes.
    pub postcodes: Postcodes,
    /// The external provider.
    pub provider: Option<Provider>,
}

impl App {
    /// Opens the files that are named. Blocks while it reads them.
    pub fn open(config: Config, kit: &Kit) -> anyhow::Result<Self> {
        let secret = kit.ids.bytes::<32>();
        let provider = config.provider.map(|it| Provider::new(it, &secret)).transpose()?;
        Ok(Self {
            databases: Databases::open(&config.mmdb)?,
            places: Current::open(config.places.as_deref())?,
            postcodes: Postcodes::new(kit.peer("postcodes")?),
            provider,
        })
    }

    /// Degraded while a newer file could not be loaded.
    pub(crate) fn data_status(&self) -> Status {
        let refused: Vec<String> =
            self.databases.refused().into_iter().chain(self.places.refused()).collect();
        if refused.is_empty() { Status::Ok } else { Status::Degraded(refused.join("; ")) }
    }

    /// Degraded while the provider is not asked because it failed too often.
    pub(crate) fn provider_status(&self) -> Status {
        match &self.provider {
            Some(provider) if provider.is_paused() => Status::Degraded(AskError::Open.to_string()),
            _ => Status::Ok,
        }
    }
}
