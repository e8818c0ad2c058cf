//! What the handlers are given: the directory and the outlines, or why there is no directory.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::{
    areas::{domain::Areas, geojson},
    config::Config,
    dataset::image::{Dataset, Entry},
    error::Error,
    hashed::domain::Hashed,
    outcodes::domain::Outcodes,
    postcode::domain::Postcode,
};

/// The data, or the reason why it is not there; swapped whole, so that a request sees one edition.
pub struct App {
    data: ArcSwap<Result<Arc<Data>, String>>,
}

/// Everything that is looked up in. Immutable.
pub struct Data {
    /// All postcodes.
    pub dataset: Dataset,
    /// Outlines of constituencies.
    pub areas: Areas,
    /// What is known of outcodes.
    pub outcodes: Outcodes,
    /// Postcodes by their hash.
    pub hashed: Hashed,
}

impl App {
    /// Loads the files. A directory that cannot be used leaves the service up but not ready, so that one that serves
    /// everything else is not kept down by it; outlines that were named and cannot be used stop it, because the embedded
    /// ones would give other answers. Blocks for about a tenth of a second.
    pub fn load(config: &Config) -> anyhow::Result<Self> {
        let areas = match &config.areas {
            Some(path) => geojson::load(path)?,
            None => geojson::demo()?,
        };
        let dataset = match &config.file {
            Some(path) => {
                Dataset::load(path).map_err(|error| format!("{:#}", anyhow::Error::new(error)))
            }
            None => {
                Err("FOLKMOOT_POSTCODES_FILE names no file: see `folkmoot data import postcodes`"
                    .to_owned())
            }
        };
        match &dataset {
            Ok(dataset) => tracing::info!(postcodes = dataset.about().postcodes, "data loaded"),
            Err(reason) => tracing::warn!(reason, "data not loaded"),
        }
        let data = dataset.map(|dataset| Arc::new(Data::new(dataset, areas)));
        Ok(Self { data: ArcSwap::from_pointee(data) })
    }

    /// The data of one edition; the refusal that every route gives without it.
    pub fn data(&self) -> Result<Arc<Data>, Error> {
        self.data.load().as_ref().clone().map_err(|_told_by_readyz| Error::NotLoaded)
    }

    /// The reason why the data is not there, for `/readyz`.
    pub fn loaded(&self) -> anyhow::Result<()> {
        match self.data.load().as_ref() {
            Ok(_) => Ok(()),
            Err(reason) => Err(anyhow::anyhow!("{reason}")),
        }
    }
}

impl Data {
    /// Works out what is derived from the files.
    pub fn new(dataset: Dataset, areas: Areas) -> Self {
        let (outcodes, hashed) = (Outcodes::of(&dataset), Hashed::of(&dataset));
        Self { dataset, areas, outcodes, hashed }
    }

    /// The entry of a postcode as somebody wrote it, live or terminated.
    pub fn find(&self, text: &str) -> Result<Entry<'_>, Error> {
        let postcode = Postcode::parse(text)?;
        self.dataset.find(postcode).ok_or(Error::Unknown)
    }
}
