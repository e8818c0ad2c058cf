//! What a place is, and how much it weighs against others of its name.

use serde::{Deserialize, Serialize};

/// Everything that a file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    pub about: About,
    /// Names of areas, which places refer to by number: the same few hundred recur.
    pub areas: Vec<String>,
    pub places: Vec<Place>,
}

/// Where the places are from.
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
    /// In the words of the source.
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
    /// Zero when it is not known.
    pub population: u32,
    pub outcode: Option<String>,
    pub district: Option<u16>,
    pub county: Option<u16>,
    pub region: Option<u16>,
    pub country: Option<u16>,
}

/// What sort of place; the words are those of OS Open Names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    City,
    Town,
    Village,
    Hamlet,
    SuburbanArea,
    OtherSettlement,
    /// The source does not tell them apart.
    PopulatedPlace,
}

impl Kind {
    /// The words of OS Open Names; none for what is no populated place.
    pub fn of_open_names(words: &str) -> Option<Self> {
        Some(match words {
            "City" => Self::City,
            "Town" => Self::Town,
            "Village" => Self::Village,
            "Hamlet" => Self::Hamlet,
            "Suburban Area" => Self::SuburbanArea,
            "Other Settlement" => Self::OtherSettlement,
            _ => return None,
        })
    }

    /// The same in JSON.
    pub fn as_str(self) -> &'static str {
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
    /// From 0 to 1: which place of a name is probably meant. By people where they were counted, else by kind.
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
