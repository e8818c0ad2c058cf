//! Query parameters of the routes on areas, read one by one, so that every invalid one is reported by name.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use chrono::NaiveDate;
use contracts::values::InvalidValue;
use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;

use super::page::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::{
    areas::{kinds::is_word, place::Filter},
    geometry::{bounds::Bounds, micro::micro, position::Position},
};

/// Longest name accepted, in bytes.
const MAX_NAME_BYTES: usize = 100;
/// Largest tolerance of simplification, metres.
const MAX_SIMPLIFY_M: u32 = 50_000;

/// All parameters; each route accepts some of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaQuery {
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

impl AreaQuery {
    /// Reads the parameters that a route accepts, and rejects all others.
    pub(crate) fn read<T>(
        &self,
        accepted: &[&str],
        read: impl FnOnce(&mut Fields) -> Option<T>,
    ) -> Result<T, Problem> {
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
        let mut fields = Fields::default();
        for (name, _) in given.into_iter().filter(|(_, text)| text.is_some()) {
            if !accepted.contains(&name) {
                fields.add(name, InvalidValue::new("unknown", "is not a recognised parameter"));
            }
        }
        let value = read(&mut fields);
        fields.finish(value)
    }

    /// Kind, generation and date.
    pub(super) fn filter(&self, fields: &mut Fields) -> Filter {
        Filter {
            kind: fields.optional("kind", self.kind.as_deref(), parse_word),
            generation: self.generation(fields),
            as_of: fields.optional("as_of", self.as_of.as_deref(), parse_date),
        }
    }

    pub(crate) fn generation(&self, fields: &mut Fields) -> Option<String> {
        fields.optional("generation", self.generation.as_deref(), parse_word)
    }

    /// The kind, which is required.
    pub(super) fn kind(&self, fields: &mut Fields) -> Option<String> {
        fields.required("kind", self.kind.as_deref(), parse_word)
    }

    /// A name to search for.
    pub(super) fn name(&self, fields: &mut Fields) -> Option<String> {
        fields.optional("name", self.name.as_deref(), |name| {
            if name.trim().is_empty() || name.len() > MAX_NAME_BYTES {
                let detail = format!("must have 1 to {MAX_NAME_BYTES} bytes");
                return Err(InvalidValue::with_detail("out_of_range", detail));
            }
            Ok(name.to_owned())
        })
    }

    pub(super) fn limit(&self, fields: &mut Fields) -> usize {
        let limit = fields
            .optional("limit", self.limit.as_deref(), |text| parse_number(text, 1..=MAX_LIMIT));
        limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Where the previous page ended, from its `next`.
    pub(super) fn cursor<K>(
        &self,
        fields: &mut Fields,
        parse: fn(&str) -> Result<K, InvalidValue>,
    ) -> Option<K> {
        fields.optional("cursor", self.cursor.as_deref(), parse)
    }

    /// Tolerance of simplification, metres.
    pub(super) fn simplify(&self, fields: &mut Fields) -> u32 {
        let tolerance_m = fields.optional("simplify", self.simplify.as_deref(), |text| {
            parse_number(text, 0..=MAX_SIMPLIFY_M)
        });
        tolerance_m.unwrap_or_default()
    }

    /// The point, which is required.
    pub(super) fn point(&self, fields: &mut Fields) -> Position {
        let mut degrees = |name, text: &Option<String>, most: f64| {
            let degrees =
                fields.required(name, text.as_deref(), |text| parse_number(text, -most..=most));
            degrees.unwrap_or_default()
        };
        let longitude = degrees("lon", &self.lon, 180.0);
        let latitude = degrees("lat", &self.lat, 90.0);
        let at = Position { longitude, latitude };
        if is_swapped(at) {
            fields.add("lon", InvalidValue::new("swapped", "seems to be swapped with lat"));
        }
        at
    }

    /// West, south, east, north.
    pub(super) fn bbox(&self, fields: &mut Fields) -> Option<Bounds> {
        fields.optional("bbox", self.bbox.as_deref(), parse_bounds)
    }
}

/// Whether longitude and latitude of a place in the United Kingdom are swapped.
pub(crate) fn is_swapped(at: Position) -> bool {
    (49.0..62.0).contains(&at.longitude) && (-9.0..3.0).contains(&at.latitude)
}

pub(crate) fn parse_date(text: &str) -> Result<NaiveDate, InvalidValue> {
    let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
    date.ok_or(InvalidValue::new("malformed", "must be a date (YYYY-MM-DD)"))
}

pub(crate) fn parse_number<T: FromStr + PartialOrd + Display>(
    text: &str,
    range: RangeInclusive<T>,
) -> Result<T, InvalidValue> {
    // Comparing with a range rejects NaN too.
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let detail = format!("must be a number from {} to {}", range.start(), range.end());
        InvalidValue::with_detail("out_of_range", detail)
    })
}

fn parse_word(text: &str) -> Result<String, InvalidValue> {
    let malformed =
        InvalidValue::new("malformed", "must consist of lower-case letters, digits and _");
    is_word(text).then(|| text.to_owned()).ok_or(malformed)
}

fn parse_bounds(text: &str) -> Result<Bounds, InvalidValue> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[west, south, east, north])
            if -180.0 <= west
                && west <= east
                && east <= 180.0
                && -90.0 <= south
                && south <= north
                && north <= 90.0 =>
        {
            let corner = |longitude, latitude| micro(Position { longitude, latitude });
            Ok(Bounds { low: corner(west, south), high: corner(east, north) })
        }
        _ => Err(InvalidValue::new("malformed", "must be west,south,east,north in degrees")),
    }
}
