//! What a place is, and how important it is among others of its name.

use serde::{Deserialize, Serialize};

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    pub about: About,
    /// Names of areas, which places refer to by number, since the same few hundred recur.
    pub areas: Vec<String>,
    pub places: Vec<Place>,
}

/// The source of the places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub name: String,
    pub version: String,
    /// `SPDX` identifier.
    pub licence: String,
    /// To be shown where the places are shown.
    pub attribution: String,
    /// First part of every id, such as `geonames`.
    pub source: String,
}

/// A populated place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The source's own.
    pub id: String,
    pub name: String,
    /// Other spellings and languages.
    pub other_names: Vec<String>,
    pub kind: Kind,
    /// WGS84 degrees.
    pub longitude: f64,
    pub latitude: f64,
    /// West, south, east, north.
    pub bounds: Option<[f64; 4]>,
    /// Zero if it is unknown.
    pub population: u32,
    pub outcode: Option<String>,
    pub district: Option<u16>,
    pub county: Option<u16>,
    pub region: Option<u16>,
    pub country: Option<u16>,
}

/// The kind of place, as OS Open Names distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    City,
    Town,
    Village,
    Hamlet,
    SuburbanArea,
    OtherSettlement,
    /// The source does not distinguish them.
    PopulatedPlace,
}

impl Kind {
    /// From the local type of OS Open Names; none if it is not a populated place.
    pub(crate) fn from_open_names(local_type: &str) -> Option<Self> {
        Some(match local_type {
            "City" => Self::City,
            "Town" => Self::Town,
            "Village" => Self::Village,
            "Hamlet" => Self::Hamlet,
            "Suburban Area" => Self::SuburbanArea,
            "Other Settlement" => Self::OtherSettlement,
            _ => return None,
        })
    }

    /// The text in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Town => "town",
            Self::Village => "village",
            Self::Hamlet => "hamlet",
            Self::SuburbanArea => "suburban_area",
            Self::OtherSettlement => "other_settlement",
            Self::PopulatedPlace => "populated_place",
        }
    }
}

impl Place {
    /// From 0 to 1: which of several places of one name is probably meant. By population if it is known, otherwise by kind.
    pub fn importance(&self) -> f64 {
        // London has 9 million: 6.95 of 7.
        const LARGEST_LOG: f64 = 7.0;
        if self.population > 0 {
            return (f64::from(self.population).log10() / LARGEST_LOG).min(1.0);
        }
        match self.kind {
            Kind::City => 0.75,
            Kind::Town => 0.6,
            Kind::SuburbanArea => 0.45,
            Kind::Village | Kind::PopulatedPlace => 0.4,
            Kind::Hamlet => 0.25,
            Kind::OtherSettlement => 0.2,
        }
    }
}
