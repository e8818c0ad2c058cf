//! The queries of the three routes, and what they ask for.

use contracts::values::InvalidValue;
use kit::http::{fields::Fields, problem::Problem};
use serde::Deserialize;

use super::{
    super::domain::{AddressParts, Format, Layer, Options, Point, Text},
    values::{self, bounds, point},
};

/// Largest distance of the nearest postcode in reverse, metres.
const MAX_REVERSE_M: f64 = 20_000.0;
/// The same unless it is given.
const REVERSE_M: f64 = 2_000.0;

/// `GET /v1/geo/search`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchQuery {
    q: Option<String>,
    street: Option<String>,
    city: Option<String>,
    county: Option<String>,
    postcode: Option<String>,
    country: Option<String>,
    lon: Option<String>,
    lat: Option<String>,
    bbox: Option<String>,
    circle: Option<String>,
    layers: Option<String>,
    limit: Option<String>,
    format: Option<String>,
}

/// `GET /v1/geo/autocomplete`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AutocompleteQuery {
    q: Option<String>,
    lon: Option<String>,
    lat: Option<String>,
    bbox: Option<String>,
    circle: Option<String>,
    layers: Option<String>,
    limit: Option<String>,
    format: Option<String>,
}

/// `GET /v1/geo/reverse`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReverseQuery {
    lon: Option<String>,
    lat: Option<String>,
    radius_m: Option<String>,
    layers: Option<String>,
    limit: Option<String>,
    format: Option<String>,
}

impl SearchQuery {
    pub(super) fn parse(self) -> Result<(Text, Options, Format), Problem> {
        let mut fields = Fields::default();
        let q = text(&mut fields, "q", self.q);
        let parts = AddressParts {
            street: text(&mut fields, "street", self.street),
            city: text(&mut fields, "city", self.city),
            county: text(&mut fields, "county", self.county),
            postcode: text(&mut fields, "postcode", self.postcode),
            country: text(&mut fields, "country", self.country),
        };
        let is_located =
            [&parts.street, &parts.city, &parts.postcode].iter().any(|it| it.is_some());
        if q.is_none() && !is_located && !fields.contains("q") {
            let detail = "is required unless there is a street, city or postcode";
            fields.add("q", InvalidValue::new("required", detail));
        }
        if q.is_some() && parts != AddressParts::default() {
            let detail = "must not be combined with the parts of an address";
            fields.add("q", InvalidValue::new("exclusive", detail));
        }
        let options = Options {
            bias: point(&mut fields, self.lon.as_deref(), self.lat.as_deref(), false),
            bounds: bounds(&mut fields, self.bbox.as_deref(), self.circle.as_deref()),
            layers: fields
                .optional("layers", self.layers.as_deref(), values::layers)
                .unwrap_or(vec![Layer::Address, Layer::Postcode, Layer::Outcode, Layer::Place]),
            limit: fields.optional("limit", self.limit.as_deref(), values::limit).unwrap_or(10),
        };
        let format = format(&mut fields, self.format.as_deref());
        fields.finish(Some((q.map_or(Text::Structured(parts), Text::Free), options, format)))
    }
}

impl AutocompleteQuery {
    pub(super) fn parse(self) -> Result<(String, Options, Format), Problem> {
        let mut fields = Fields::default();
        let q = text(&mut fields, "q", self.q);
        if q.is_none() && !fields.contains("q") {
            fields.add("q", InvalidValue::REQUIRED);
        }
        let options = Options {
            bias: point(&mut fields, self.lon.as_deref(), self.lat.as_deref(), false),
            bounds: bounds(&mut fields, self.bbox.as_deref(), self.circle.as_deref()),
            layers: fields
                .optional("layers", self.layers.as_deref(), values::layers)
                .unwrap_or(vec![Layer::Postcode, Layer::Outcode, Layer::Place]),
            limit: fields.optional("limit", self.limit.as_deref(), values::limit).unwrap_or(10),
        };
        let format = format(&mut fields, self.format.as_deref());
        fields.finish(q.map(|q| (q, options, format)))
    }
}

impl ReverseQuery {
    pub(super) fn parse(self) -> Result<(Point, f64, Options, Format), Problem> {
        let mut fields = Fields::default();
        let point = point(&mut fields, self.lon.as_deref(), self.lat.as_deref(), true);
        let radius_m = fields.optional("radius_m", self.radius_m.as_deref(), |text| {
            values::number(text, &(1.0..=MAX_REVERSE_M))
        });
        let options = Options {
            bias: None,
            bounds: None,
            layers: fields
                .optional("layers", self.layers.as_deref(), values::layers)
                .unwrap_or(vec![Layer::Address, Layer::Postcode, Layer::Place, Layer::Area]),
            limit: fields.optional("limit", self.limit.as_deref(), values::limit).unwrap_or(1),
        };
        let format = format(&mut fields, self.format.as_deref());
        let radius_m = radius_m.unwrap_or(REVERSE_M);
        fields.finish(point.map(|point| (point, radius_m, options, format)))
    }
}

fn text(fields: &mut Fields, name: &'static str, given: Option<String>) -> Option<String> {
    fields.optional(name, given, values::text).flatten()
}

fn format(fields: &mut Fields, given: Option<&str>) -> Format {
    fields.optional("format", given, values::format).unwrap_or(Format::GeoJson)
}
