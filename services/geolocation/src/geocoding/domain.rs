//! What is asked and what is found. Pure.

use std::borrow::Cow;

use serde::Serialize;

/// What sort of thing is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// A building or a street, which only external providers know.
    Address,
    Postcode,
    /// The first half of postcodes.
    Outcode,
    Place,
    /// A constituency, district, ward and the like.
    Area,
}

impl Layer {
    pub const ALL: [Self; 5] =
        [Self::Address, Self::Postcode, Self::Outcode, Self::Place, Self::Area];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Postcode => "postcode",
            Self::Outcode => "outcode",
            Self::Place => "place",
            Self::Area => "area",
        }
    }
}

/// The form of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    GeoJson,
    GeocodeJson,
}

/// How the question led to a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchType {
    /// By the whole name, or because it holds the point.
    Exact,
    /// By the beginning of its name.
    Prefix,
    /// By a name with other letters.
    Fuzzy,
    /// Only what surrounds the thing that was asked for.
    Fallback,
    /// By distance from the point.
    Nearest,
}

/// WGS84 degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub longitude: f64,
    pub latitude: f64,
}

/// Where features may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    /// West, south, east, north.
    Box([f64; 4]),
    Circle {
        centre: Point,
        radius_m: f64,
    },
}

/// What holds for every question.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Features near this come first.
    pub bias: Option<Point>,
    pub bounds: Option<Bounds>,
    pub layers: Vec<Layer>,
    /// Most features of the answer.
    pub limit: usize,
}

impl Wish {
    pub fn wants(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }
}

/// An address in its parts. What is not given is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub street: Option<String>,
    pub city: Option<String>,
    pub county: Option<String>,
    pub postcode: Option<String>,
    pub country: Option<String>,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    Free(String),
    Structured(Parts),
}

/// One thing found; what is not known of it is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Stable within its source: `geonames:2640729`, `postcode:OX1 1AA`.
    pub id: String,
    pub layer: Layer,
    pub name: String,
    /// The name and what tells it from others of that name.
    pub label: String,
    /// None for areas, and for postcodes without a position.
    pub point: Option<Point>,
    /// West, south, east, north.
    pub bbox: Option<[f64; 4]>,
    pub match_type: MatchType,
    /// From 0 to 1: how well the question fits.
    pub confidence: f64,
    /// From 0 to 1: which of several that fit is probably meant.
    pub importance: f64,
    /// From the point that was asked about.
    pub distance_m: Option<f64>,
    pub source: &'static str,
    pub details: Details,
}

/// Everything else, as far as the source has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Details {
    /// Of a place `city`, `village`, …; of an area its kind, `constituency`, `district`, ….
    pub kind: Option<Cow<'static, str>>,
    pub house_number: Option<String>,
    pub street: Option<String>,
    pub city: Option<String>,
    pub district: Option<String>,
    pub county: Option<String>,
    pub region: Option<String>,
    pub country: Option<String>,
    pub postcode: Option<String>,
    pub outcode: Option<String>,
    pub population: Option<u32>,
    pub gss_code: Option<String>,
    pub terminated: Option<bool>,
    pub areas: Vec<Area>,
}

/// An area that a postcode or point lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Area {
    pub kind: String,
    pub gss_code: String,
    pub name: Option<String>,
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub features: Vec<Feature>,
    pub attribution: Vec<Cow<'static, str>>,
    pub notes: Vec<Note>,
}

/// Why an answer may lack something. An answer is given all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// No file of places is loaded.
    NoGazetteer,
    /// The postcodes service did not answer.
    PostcodesUnavailable,
    /// The external provider did not answer, or is asked too much.
    ProviderUnavailable,
}
