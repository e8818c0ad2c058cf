//! Questions and answers.

use std::borrow::Cow;

use serde::Serialize;

/// The kind of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Layer {
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
    pub(super) const ALL: [Self; 5] =
        [Self::Address, Self::Postcode, Self::Outcode, Self::Place, Self::Area];

    pub(super) fn as_str(self) -> &'static str {
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
pub(super) enum Format {
    GeoJson,
    GeocodeJson,
}

/// How a feature matches the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MatchType {
    /// By the whole name, or because it contains the point.
    Exact,
    /// By the start of its name.
    Prefix,
    /// By a name with some different letters.
    Fuzzy,
    /// It only surrounds what the question is about.
    Fallback,
    /// By distance from the point.
    Nearest,
}

/// WGS84 degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
}

/// Where features may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bounds {
    /// West, south, east, north.
    Box([f64; 4]),
    Circle {
        centre: Point,
        radius_m: f64,
    },
}

/// Which features are wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Options {
    /// Features near this point come first.
    pub(super) bias: Option<Point>,
    pub(super) bounds: Option<Bounds>,
    pub(super) layers: Vec<Layer>,
    /// Most features of the answer.
    pub(super) limit: usize,
}

impl Options {
    pub(super) fn wants(&self, layer: Layer) -> bool {
        self.layers.contains(&layer)
    }
}

/// An address in its parts, as far as they are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AddressParts {
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) county: Option<String>,
    pub(crate) postcode: Option<String>,
    pub(crate) country: Option<String>,
}

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Free(String),
    Structured(AddressParts),
}

impl Text {
    /// The text in one line, for providers that do not take parts.
    pub(crate) fn one_line(&self) -> String {
        match self {
            Self::Free(text) => text.clone(),
            Self::Structured(AddressParts { street, city, county, postcode, country }) => {
                let parts = [street, city, county, postcode, country].into_iter().flatten();
                parts.map(String::as_str).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// Something that matches the question; what is unknown is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Feature {
    /// Stable within its source: `geonames:2640729`, `postcode:OX1 1AA`.
    pub(crate) id: String,
    pub(crate) layer: Layer,
    pub(crate) name: String,
    /// The name, with what distinguishes it from others of that name.
    pub(crate) label: String,
    /// None for areas, and for postcodes without a position.
    pub(crate) point: Option<Point>,
    /// West, south, east, north.
    pub(crate) bbox: Option<[f64; 4]>,
    pub(crate) match_type: MatchType,
    /// From 0 to 1: how well it matches the question.
    pub(crate) confidence: f64,
    /// From 0 to 1: which of several that match is probably meant.
    pub(crate) importance: f64,
    /// From the point of the question.
    pub(crate) distance_m: Option<f64>,
    pub(crate) source: &'static str,
    pub(crate) details: Details,
}

/// Everything else, as far as the source has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Details {
    /// Of a place `city`, `village`, …; of an area its kind, `constituency`, `district`, ….
    pub(crate) kind: Option<Cow<'static, str>>,
    pub(crate) house_number: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) district: Option<String>,
    pub(crate) county: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) postcode: Option<String>,
    pub(crate) outcode: Option<String>,
    pub(crate) population: Option<u32>,
    pub(crate) gss_code: Option<String>,
    pub(crate) terminated: Option<bool>,
    pub(crate) areas: Vec<Area>,
}

/// An area that contains a postcode or point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Area {
    pub(crate) kind: String,
    pub(crate) gss_code: String,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) features: Vec<Feature>,
    pub(super) attribution: Vec<Cow<'static, str>>,
    pub(super) notes: Vec<Note>,
}

/// Why an answer may be incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Note {
    /// No file of places is loaded.
    NoGazetteer,
    /// The postcodes service did not answer.
    PostcodesUnavailable,
    /// The external provider did not answer, or its rate limit is reached.
    ProviderUnavailable,
}
