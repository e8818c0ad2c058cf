//! What the handlers are given: the directory, outlines and places, or why there is no directory.

use std::sync::Arc;

use kit::{clock::Clock, health::Status};

use crate::{
    areas::{codes::Codes, domain::Areas, gazetteer::Gazetteer, members::Members},
    config::Config,
    data::cache::Kept,
    dataset::{
        image::{Dataset, Entry},
        postcode::Postcode,
    },
    error::Error,
    hash_prefix::domain::Hashed,
    outcodes::domain::Outcodes,
    places::image::Places,
    reload::Live,
};

/// The data, or the reason why it is not there; swapped whole, so that a request sees one edition.
pub struct App {
    live: Arc<Live>,
}

/// Everything that is looked up in. Immutable.
pub struct Data {
    /// All postcodes.
    pub dataset: Arc<Dataset>,
    /// Layers of areas.
    pub areas: Arc<Areas>,
    /// What is known of outcodes.
    pub outcodes: Arc<Outcodes>,
    /// Postcodes by their hash.
    pub hashed: Arc<Hashed>,
    /// Areas of the directory by code.
    pub codes: Arc<Codes>,
    /// Postcodes by area.
    pub members: Arc<Members>,
    /// Areas by name.
    pub gazetteer: Gazetteer,
    /// Outlines and tiles asked for lately.
    pub kept: Kept,
    /// Places by name; none where no file is named.
    pub places: Option<Arc<Places>>,
}

impl App {
    /// Loads the files. A directory that cannot be used leaves the service up but not ready, so that one that serves
    /// everything else is not kept down by it; outlines and places that were named and cannot be used stop it, because
    /// without them it would give other answers. Blocks for about a second.
    pub fn load(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        Ok(Self { live: Arc::new(Live::load(config, clock)?) })
    }

    /// The data of one edition; the refusal that every route gives without it.
    pub fn data(&self) -> Result<Arc<Data>, Error> {
        self.live.current().data.clone().map_err(|_reported_by_readyz| Error::NotLoaded)
    }

    /// For `/readyz`: failed without data, degraded while a newer file could not be loaded.
    pub fn status(&self) -> Status {
        let current = self.live.current();
        match (&current.data, &current.note) {
            (Ok(_), None) => Status::Ok,
            (Ok(_), Some(note)) => Status::Degraded(note.clone()),
            (Err(reason), _) => Status::Failed(reason.clone()),
        }
    }

    /// Which newer files are not in use, and why.
    pub fn note(&self) -> Option<String> {
        self.live.current().note.clone()
    }

    /// Puts files that were replaced in use.
    pub async fn refresh(&self) -> anyhow::Result<()> {
        let live = self.live.clone();
        Ok(tokio::task::spawn_blocking(move || live.refresh()).await?)
    }
}

impl Data {
    /// The entry of a postcode as somebody wrote it, live or terminated.
    pub fn find(&self, text: &str) -> Result<Entry<'_>, Error> {
        let postcode = Postcode::parse(text)?;
        self.dataset.find(postcode).ok_or(Error::Unknown)
    }

    /// The places; the refusal of every route on them where no file is named.
    pub fn places(&self) -> Result<&Places, Error> {
        self.places.as_deref().ok_or(Error::NotLoaded)
    }
}
