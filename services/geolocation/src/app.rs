//! What the handlers are given: the databases, the places, and whom to ask.

use kit::service::Kit;

use crate::{
    config::Config, gazetteer::current::Current, lookup::databases::Databases,
    postcodes::Postcodes, providers::client::Provider,
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
}
