//! One edition of the data: the directory, the areas, and the indexes built from them.

pub(crate) mod cache;

use std::sync::Arc;

use contracts::values::postcode::Postcode;

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

/// One edition of all data. Immutable.
pub(crate) struct Edition {
    pub(crate) dataset: Arc<Dataset>,
    pub(crate) areas: Arc<Areas>,
    pub(crate) outcodes: Arc<Outcodes>,
    pub(crate) hashes: Arc<HashIndex>,
    pub(crate) codes: Arc<Codes>,
    pub(crate) members: Arc<Members>,
    pub(crate) gazetteer: Gazetteer,
    pub(crate) cache: ResponseCache,
    /// None if no file is configured.
    pub(crate) places: Option<Arc<Places>>,
}

impl Edition {
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
