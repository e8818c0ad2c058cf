//! What the handlers are given: the databases, the places, and the clients of others.

use std::{path::Path, sync::Arc};

use contracts::services::GEOLOCATION;
use datafile::watched::Watched;
use kit::{http::health::check::Status, service::Kit};

use crate::{
    config::Config,
    gazetteer::{file, search::Gazetteer},
    geocoding::client::PostcodesClient,
    lookup::file::Databases,
    providers::client::{Provider, ProviderError},
};

/// Read-only data in memory, each optional, and the clients of others.
pub struct App {
    pub(crate) databases: Databases,
    pub(crate) places: Option<Watched<Gazetteer>>,
    pub(crate) postcodes: PostcodesClient,
    pub(crate) provider: Option<Provider>,
}

impl App {
    /// Opens the configured files. Blocks while it reads them.
    pub(crate) fn open(config: Config, kit: &Kit) -> anyhow::Result<Self> {
        let secret = kit.ids.bytes::<32>();
        let provider = config.provider.map(|it| Provider::new(it, &secret)).transpose()?;
        let watch = |path: &Path| Watched::open(GEOLOCATION.name, "places", path, file::load);
        Ok(Self {
            databases: Databases::open(&config.mmdb)?,
            places: config.places.as_deref().map(watch).transpose()?,
            postcodes: PostcodesClient::new(kit.peer("postcodes")?),
            provider,
        })
    }

    /// The places in use; none if no file is configured.
    pub(crate) fn gazetteer(&self) -> Option<Arc<Gazetteer>> {
        self.places.as_ref().and_then(Watched::current)
    }

    /// Degraded while a newer file cannot be used.
    pub(crate) fn data_status(&self) -> Status {
        let places = self.places.as_ref().and_then(Watched::error);
        let errors: Vec<String> = self.databases.errors().chain(places).collect();
        if errors.is_empty() { Status::Ok } else { Status::Degraded(errors.join("; ")) }
    }

    /// Degraded while the provider is not called because it failed too often.
    pub(crate) fn provider_status(&self) -> Status {
        match &self.provider {
            Some(provider) if provider.is_paused() => {
                Status::Degraded(ProviderError::Paused.to_string())
            }
            _ => Status::Ok,
        }
    }
}
