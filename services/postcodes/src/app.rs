//! What the handlers are given: the directory and the outlines, or why there is no directory.

use crate::{
    areas::{domain::Areas, geojson},
    config::Config,
    dataset::image::{Dataset, Entry},
    error::Error,
    postcode::domain::Postcode,
};

/// The data, or the reason why it is not there.
pub struct App {
    data: Result<Data, String>,
}

/// Everything that is looked up in. Immutable.
pub struct Data {
    /// All postcodes.
    pub dataset: Dataset,
    /// Outlines of constituencies.
    pub areas: Areas,
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
        Ok(Self { data: dataset.map(|dataset| Data { dataset, areas }) })
    }

    /// The data; the refusal that every route gives without it.
    pub fn data(&self) -> Result<&Data, Error> {
        self.data.as_ref().map_err(|_told_by_readyz| Error::NotLoaded)
    }

    /// The reason why the data is not there, for `/readyz`.
    pub fn loaded(&self) -> anyhow::Result<()> {
        match &self.data {
            Ok(_) => Ok(()),
            Err(reason) => Err(anyhow::anyhow!("{reason}")),
        }
    }
}

impl Data {
    /// The entry of a postcode as somebody wrote it, live or terminated.
    pub fn find(&self, text: &str) -> Result<Entry<'_>, Error> {
        let postcode = Postcode::parse(text)?;
        self.dataset.find(postcode).ok_or(Error::Unknown)
    }
}
