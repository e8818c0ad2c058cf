//! The four providers: how each is asked, and how its answers are read.

use std::str::FromStr;

use url::Url;

use super::{Question, google, nominatim, os_places, photon};
use crate::geocoding::domain::Feature;

/// Whose answers we understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nominatim,
    Photon,
    OsPlaces,
    Google,
}

/// Not the name of a provider.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("must be nominatim, photon, os_places or google")]
pub struct NoSuchProvider;

impl FromStr for Kind {
    type Err = NoSuchProvider;

    fn from_str(text: &str) -> Result<Self, NoSuchProvider> {
        let all = [Self::Nominatim, Self::Photon, Self::OsPlaces, Self::Google];
        all.into_iter().find(|kind| kind.name() == text).ok_or(NoSuchProvider)
    }
}

impl Kind {
    /// In settings, ids and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nominatim => "nominatim",
            Self::Photon => "photon",
            Self::OsPlaces => "os_places",
            Self::Google => "google",
        }
    }

    /// To be shown where its answers are shown.
    pub fn attribution(self) -> &'static str {
        match self {
            Self::Nominatim | Self::Photon => "© OpenStreetMap contributors, ODbL 1.0.",
            Self::OsPlaces => "© Crown copyright and database rights, Ordnance Survey.",
            Self::Google => "Powered by Google.",
        }
    }

    pub(super) fn url(self, base: &Url, key: &str, question: &Question, limit: usize) -> Url {
        match self {
            Self::Nominatim => nominatim::url(base, question, limit),
            Self::Photon => photon::url(base, question, limit),
            Self::OsPlaces => os_places::url(base, key, question, limit),
            Self::Google => google::url(base, key, question),
        }
    }

    pub(super) fn features(
        self,
        body: &[u8],
        question: &Question,
    ) -> Result<Vec<Feature>, serde_json::Error> {
        let provided = match self {
            Self::Nominatim => nominatim::read(body)?,
            Self::Photon => photon::read(body)?,
            Self::OsPlaces => os_places::read(body)?,
            Self::Google => google::read(body)?,
        };
        let reverse = matches!(question, Question::Point(_));
        Ok(provided.into_iter().filter_map(|it| it.feature(self.name(), reverse)).collect())
    }
}
