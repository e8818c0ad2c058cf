//! Query parameters of the routes on areas, read one by one, so that every invalid one is reported by name.

use serde::{Deserialize, de::DeserializeOwned};

use super::field_errors::FieldErrors;
use crate::{
    areas::place::Filter,
    geometry::{bounds::Bounds, micro::micro, position::Position},
};

/// Longest name accepted, in bytes.
const MAX_NAME_BYTES: usize = 100;
/// Items on a page by default.
pub(crate) const DEFAULT_LIMIT: usize = 50;
/// Most items on a page.
pub(crate) const MAX_LIMIT: usize = 1_000;
/// Largest tolerance of simplification, metres.
pub(crate) const MAX_SIMPLIFY_M: u32 = 50_000;

/// All parameters; each route accepts some of them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    kind: Option<String>,
    name: Option<String>,
    generation: Option<String>,
    as_of: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
    lon: Option<String>,
    lat: Option<String>,
    bbox: Option<String>,
    simplify: Option<String>,
}

impl Query {
    /// Rejects parameters that a route does not accept.
    pub fn only(&self, accepted: &[&str], errors: &mut FieldErrors) {
        let given = [
            ("kind", &self.kind),
            ("name", &self.name),
            ("generation", &self.generation),
            ("as_of", &self.as_of),
            ("limit", &self.limit),
            ("cursor", &self.cursor),
            ("lon", &self.lon),
            ("lat", &self.lat),
            ("bbox", &self.bbox),
            ("simplify", &self.simplify),
        ];
        for (name, _) in
            given.into_iter().filter(|(name, text)| text.is_some() && !accepted.contains(name))
        {
            errors.add(name, "unknown", "is not a recognised parameter");
        }
    }

    /// Kind, generation and date.
    pub fn filter(&self, errors: &mut FieldErrors) -> Filter {
        Filter {
            kind: errors.word("kind", self.kind.as_deref()),
            generation: self.generation(errors),
            as_of: self.as_of.as_deref().and_then(|text| errors.date("as_of", text)),
        }
    }

    /// A generation, if given.
    pub fn generation(&self, errors: &mut FieldErrors) -> Option<String> {
        errors.word("generation", self.generation.as_deref())
    }

    /// The required kind.
    pub fn kind(&self, errors: &mut FieldErrors) -> String {
        if self.kind.is_none() {
            errors.add("kind", "required", "is required");
        }
        errors.word("kind", self.kind.as_deref()).unwrap_or_default()
    }

    /// A name to search for.
    pub fn name(&self, errors: &mut FieldErrors) -> Option<&str> {
        let name = self.name.as_deref()?;
        if name.trim().is_empty() || name.len() > MAX_NAME_BYTES {
            errors.add("name", "out_of_range", format!("must have 1 to {MAX_NAME_BYTES} bytes"));
        }
        Some(name)
    }

    /// Items on a page.
    pub fn limit(&self, errors: &mut FieldErrors) -> usize {
        let Some(text) = &self.limit else { return DEFAULT_LIMIT };
        errors.number("limit", text, 1..=MAX_LIMIT).unwrap_or(DEFAULT_LIMIT)
    }

    /// Where the previous page ended, from its `next`.
    pub fn cursor<T: DeserializeOwned>(&self, errors: &mut FieldErrors) -> Option<T> {
        errors.cursor("cursor", self.cursor.as_deref()?)
    }

    /// Tolerance of simplification, metres.
    pub fn simplify(&self, errors: &mut FieldErrors) -> u32 {
        let text = self.simplify.as_deref();
        text.and_then(|text| errors.number("simplify", text, 0..=MAX_SIMPLIFY_M)).unwrap_or(0)
    }

    /// The required point.
    pub fn point(&self, errors: &mut FieldErrors) -> Position {
        let mut degrees = |name: &'static str, text: &Option<String>, most: f64| {
            if text.is_none() {
                errors.add(name, "required", "is required");
            }
            errors.number(name, text.as_deref()?, -most..=most)
        };
        let longitude = degrees("lon", &self.lon, 180.0);
        let latitude = degrees("lat", &self.lat, 90.0);
        let at = Position {
            longitude: longitude.unwrap_or_default(),
            latitude: latitude.unwrap_or_default(),
        };
        if is_swapped(at) {
            errors.add("lon", "swapped", "seems to be swapped with lat");
        }
        at
    }

    /// West, south, east, north, if given.
    pub fn bbox(&self, errors: &mut FieldErrors) -> Option<Bounds> {
        let text = self.bbox.as_deref()?;
        let numbers: Vec<f64> =
            text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
        let is_box = text.split(',').count() == 4;
        match *numbers.as_slice() {
            [west, south, east, north]
                if is_box
                    && -180.0 <= west
                    && west <= east
                    && east <= 180.0
                    && -90.0 <= south
                    && south <= north
                    && north <= 90.0 =>
            {
                let corner = |longitude, latitude| micro(Position { longitude, latitude });
                Some(Bounds { low: corner(west, south), high: corner(east, north) })
            }
            _ => {
                errors.add("bbox", "malformed", "must be west,south,east,north in degrees");
                None
            }
        }
    }
}

/// Whether longitude and latitude of a place in the United Kingdom are swapped.
pub(crate) fn is_swapped(at: Position) -> bool {
    (49.0..62.0).contains(&at.longitude) && (-9.0..3.0).contains(&at.latitude)
}
