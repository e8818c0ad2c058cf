//! The four providers: how each is asked, and its answers in our words.

use std::str::FromStr;

use url::Url;

use super::{Question, google, nominatim, os_places, photon};
use crate::geocoding::domain::{Details, Feature, Layer, MatchType, Point};

/// From here on the answer is what was asked for.
const EXACT: f64 = 0.9;

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

/// One answer of a provider, before it is a feature of ours.
#[derive(Debug, Default)]
pub(super) struct Provided {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) label: String,
    pub(super) longitude: f64,
    pub(super) latitude: f64,
    pub(super) bbox: Option<[f64; 4]>,
    /// From 0 to 1.
    pub(super) confidence: f64,
    pub(super) importance: f64,
    pub(super) details: Details,
}

impl Provided {
    /// None for what lies nowhere on Earth.
    fn feature(self, source: &'static str, reverse: bool) -> Option<Feature> {
        let Self { id, name, label, longitude, latitude, bbox, confidence, importance, details } =
            self;
        if longitude.abs() > 180.0 || latitude.abs() > 90.0 {
            return None;
        }
        let is_address = details.house_number.is_some() || details.street.is_some();
        let confidence = confidence.clamp(0.0, 1.0);
        let match_type = match reverse {
            true => MatchType::Nearest,
            false if confidence >= EXACT => MatchType::Exact,
            false => MatchType::Fuzzy,
        };
        Some(Feature {
            id: format!("{source}:{id}"),
            layer: if is_address { Layer::Address } else { Layer::Place },
            name: name.filter(|name| !name.is_empty()).unwrap_or_else(|| label.clone()),
            label,
            point: Some(Point { longitude, latitude }),
            bbox,
            match_type,
            confidence,
            importance: importance.clamp(0.0, 1.0),
            distance_m: None,
            source,
            details,
        })
    }
}
