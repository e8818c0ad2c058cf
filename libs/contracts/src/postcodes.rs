//! The internal API of `postcodes`: for `campaigns` the place of a postcode and eligibility by area, for `geolocation`
//! postcodes by prefix or near a position.

use serde::{Deserialize, Serialize};

/// Response of `GET /internal/v1/postcodes/{postcode}/place?alternatives=`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// With a space, e.g. `OX1 1AA`.
    pub postcode: String,
    /// Its constituency, if it is known.
    pub constituency: Option<Constituency>,
    /// If they were asked for: the other constituencies that an address of the postcode may be in, nearest first.
    #[serde(default)]
    pub alternatives: Vec<AreaName>,
}

/// A constituency, as of one boundary review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constituency {
    /// E.g. `E14001419`.
    pub gss_code: String,
    /// E.g. `Oxford East`.
    pub name: String,
    /// The year of the boundaries, e.g. `2024`.
    pub generation: String,
    /// How it was found: `column` (in the postcode directory) or `point_in_polygon`.
    pub method: String,
}

/// `POST /internal/v1/constituencies/check`: which codes does the look-up of a postcode never return as a constituency?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstituencyCheck {
    /// E.g. `E14001419`.
    pub gss_codes: Vec<String>,
}

/// A code of a [`ConstituencyCheck`] that no look-up returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCode {
    /// As it was sent.
    pub gss_code: String,
    /// For machines: `another_level`, `another_generation` or `unknown`.
    pub code: String,
    /// For people: a predicate of the field.
    pub detail: String,
}

/// Response of `GET /internal/v1/postcodes/starting?with=&limit=`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Starting {
    /// In alphabetical order.
    pub postcodes: Vec<Located>,
    /// In alphabetical order.
    pub outcodes: Vec<Outcode>,
}

/// Response of `GET /internal/v1/postcodes/near?longitude=&latitude=&radius_m=&limit=`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Near {
    /// The nearest first.
    pub postcodes: Vec<NearPostcode>,
    /// The areas that contain the position, as far as their boundaries are known.
    pub areas: Vec<AreaName>,
}

/// A postcode in use, at a distance from the position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearPostcode {
    #[serde(flatten)]
    pub located: Located,
    /// Distance in metres.
    pub distance_m: f64,
}

/// A postcode with its position and areas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Located {
    /// With a space, e.g. `OX1 1AA`.
    pub postcode: String,
    /// E.g. `OX1`.
    pub outcode: String,
    /// In degrees (WGS84); absent for the Crown dependencies.
    pub longitude: Option<f64>,
    /// In degrees (WGS84); absent for the Crown dependencies.
    pub latitude: Option<f64>,
    /// Whether it is no longer in use.
    pub terminated: bool,
    /// Country, county, district, ward and constituency, as far as they are known.
    pub areas: Vec<AreaName>,
}

/// An area with its code and name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AreaName {
    /// The kind of area, e.g. `district`.
    pub kind: String,
    /// E.g. `E07000178`.
    pub gss_code: String,
    /// E.g. `Oxford`, if the directory has a name.
    pub name: Option<String>,
}

/// The centre of an outcode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcode {
    /// E.g. `OX1`.
    pub outcode: String,
    /// In degrees (WGS84).
    pub longitude: f64,
    /// In degrees (WGS84).
    pub latitude: f64,
}

/// `POST /internal/v1/eligibility`: which places are in an area? The parts are those of `POST /v1/geo/eligibility`. Only
/// `postcodes` interprets them; other services pass them on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EligibilityCheck<Area, Place> {
    /// The definition of an area.
    pub area: Area,
    /// The places to check. If there are none, only the definition is validated.
    pub places: Vec<Place>,
}

/// Response to an [`EligibilityCheck`]: invalid fields, or a result for each place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EligibilityResponse<Answer> {
    /// The invalid fields of the definition and the places. If there are any, `data` is empty.
    pub errors: Vec<InvalidField>,
    /// The result for each place, in the order of the request.
    pub data: Vec<Answer>,
}

/// An invalid field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidField {
    /// RFC 6901 pointer, e.g. `/area/include/0/gss_codes/2`.
    pub pointer: String,
    /// For machines, e.g. `unknown`; never changes.
    pub code: String,
    /// For people: a predicate of the field, such as "must not be empty".
    pub detail: String,
}
