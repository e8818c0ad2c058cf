//! The internal face of `postcodes`: where a postcode lies and what lies in an area, for `campaigns`; what begins so or lies
//! near, for `geolocation`.

use serde::{Deserialize, Serialize};

/// `GET /internal/v1/postcodes/{postcode}/place`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// In its written form, `OX1 1AA`.
    pub postcode: String,
    /// The constituency, when it could be told.
    pub constituency: Option<Constituency>,
}

/// A constituency of one boundary generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constituency {
    /// `E14001234`
    pub gss_code: String,
    /// Public name.
    pub name: String,
    /// Boundary generation, e.g. `2024`.
    pub generation: String,
    /// `column` or `point_in_polygon`.
    pub method: String,
}

/// `GET /internal/v1/postcodes/starting?with=&limit=`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Starting {
    /// In the order of their texts.
    pub postcodes: Vec<Located>,
    /// In the order of their texts.
    pub outcodes: Vec<Outcode>,
}

/// `GET /internal/v1/postcodes/near?longitude=&latitude=&radius_m=&limit=`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// By distance.
    pub postcodes: Vec<NearPostcode>,
    /// What the position lies in, as far as outlines tell.
    pub areas: Vec<AreaName>,
}

/// A live postcode at a distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearPostcode {
    /// The postcode.
    #[serde(flatten)]
    pub located: Located,
    /// Metres.
    pub distance_m: f64,
}

/// A postcode with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Located {
    /// In its written form, `OX1 1AA`.
    pub postcode: String,
    /// `OX1`
    pub outcode: String,
    /// WGS84 degrees; none for the Crown dependencies.
    pub longitude: Option<f64>,
    /// WGS84 degrees; none for the Crown dependencies.
    pub latitude: Option<f64>,
    /// Whether it has gone out of use.
    pub terminated: bool,
    /// Country, county, district, ward and constituency, as far as they are known.
    pub areas: Vec<AreaName>,
}

/// An area by its names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaName {
    /// Such as `district`.
    pub kind: String,
    /// `E07000178`
    pub gss_code: String,
    /// Public name, where the directory has one.
    pub name: Option<String>,
}

/// The middle of an outcode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcode {
    /// `OX1`
    pub outcode: String,
    /// WGS84 degrees.
    pub longitude: f64,
    /// WGS84 degrees.
    pub latitude: f64,
}

/// `POST /internal/v1/eligibility`. Its parts have the form of `POST /v1/geo/eligibility`; only `postcodes` knows what they
/// mean, others pass them on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EligibilityCheck<Area, Place> {
    /// The definition of an area.
    pub area: Area,
    /// The places that are held against it; without any, only the definition is checked.
    pub places: Vec<Place>,
}

/// Its answer: faults, or what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EligibilityAnswers<Answer> {
    /// What is wrong with the definition or the places; then nothing was found.
    pub faults: Vec<Fault>,
    /// An answer for each place, in order.
    pub data: Vec<Answer>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// RFC 6901 pointer: `/area/include/0/gss_codes/2`
    pub pointer: String,
    /// Stable, for machines.
    pub code: String,
    /// For people.
    pub detail: String,
}
