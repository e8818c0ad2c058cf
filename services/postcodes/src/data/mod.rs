//! One edition of the data: the directory, the areas, and the indexes built from them.

pub(crate) mod cache;

use std::sync::Arc;

use self::cache::ResponseCache;
use crate::{
    areas::{
        domain::Areas,
        gazetteer::Gazetteer,
        lookup::{Codes, Lookup},
        members::Members,
    },
    dataset::image::{Dataset, Entry},
    error::Error,
    hash_prefix::domain::HashIndex,
    outcodes::domain::Outcodes,
    places::image::Places,
};
use contracts::values::postcode::Postcode;

/// One edition of all data. Immutable.
pub(crate) struct Data {
    /// All postcodes.
    pub dataset: Arc<Dataset>,
    /// Layers of areas.
    pub areas: Arc<Areas>,
    /// Outcodes with their centroids.
    pub outcodes: Arc<Outcodes>,
    /// Postcodes by their hash.
    pub hashes: Arc<HashIndex>,
    /// Areas of the directory by code.
    pub codes: Arc<Codes>,
    /// Postcodes by area.
    pub members: Arc<Members>,
    /// Areas by name.
    pub gazetteer: Gazetteer,
    /// Recently requested boundaries and tiles.
    pub cache: ResponseCache,
    /// Places by name; none if no file is configured.
    pub places: Option<Arc<Places>>,
}

impl Data {
    /// What areas are looked up in.
    pub(crate) fn lookup(&self) -> Lookup<'_> {
        Lookup {
            dataset: &self.dataset,
            areas: &self.areas,
            codes: &self.codes,
            members: &self.members,
        }
    }

    /// The entry of a postcode in any spelling, live or terminated.
    pub(crate) fn find(&self, text: &str) -> Result<Entry<'_>, Error> {
        let postcode = Postcode::parse(text)?;
        self.dataset.find(postcode).ok_or(Error::Unknown)
    }

    /// The places; an error if no file is configured.
    pub(crate) fn places(&self) -> Result<&Places, Error> {
        self.places.as_deref().ok_or(Error::NotLoaded)
    }
}
