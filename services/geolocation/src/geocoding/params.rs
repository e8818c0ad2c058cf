//! The queries of the three routes, into what is asked.

use kit::http::problem::Problem;
use serde::Deserialize;

use super::domain::{Format, Layer, Parts, Point, Text, Wish};
use super::faults::Faults;

/// Metres to the next postcode in reverse.
const MAX_REVERSE_M: f64 = 20_000.0;

/// `GET /v1/geo/search`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
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
pub(crate) struct Autocomplete {
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
pub(crate) struct Reverse {
    lon: Option<String>,
    lat: Option<String>,
    radius_m: Option<String>,
    layers: Option<String>,
    limit: Option<String>,
    format: Option<String>,
}

impl Search {
    pub(super) fn parse(self) -> Result<(Text, Wish, Format), Problem> {
        let mut faults = Faults::default();
        let q = faults.text("q", self.q);
        let parts = Parts {
            street: faults.text("street", self.street),
            city: faults.text("city", self.city),
            county: faults.text("county", self.county),
            postcode: faults.text("postcode", self.postcode),
            country: faults.text("country", self.country),
        };
        let named = [&parts.street, &parts.city, &parts.postcode].iter().any(|it| it.is_some());
        let any = parts != Parts::default();
        match &q {
            None if !named && !faults.has("q") => {
                faults.add("q", "required", "or one of street, city and postcode");
            }
            Some(_) if any => faults.add("q", "exclusive", "either q or the parts of an address"),
            _ => {}
        }
        let layers = [Layer::Address, Layer::Postcode, Layer::Outcode, Layer::Place];
        let wish = Wish {
            bias: faults.point(self.lon, self.lat, false),
            bounds: faults.bounds(self.bbox, self.circle),
            layers: faults.layers(self.layers, &layers),
            limit: faults.limit(self.limit, 10),
        };
        let format = faults.format(self.format);
        faults.or((q.map_or(Text::Structured(parts), Text::Free), wish, format))
    }
}

impl Autocomplete {
    pub(super) fn parse(self) -> Result<(String, Wish, Format), Problem> {
        let mut faults = Faults::default();
        let q = faults.text("q", self.q);
        if q.is_none() && !faults.has("q") {
            faults.add("q", "required", "is required");
        }
        let wish = Wish {
            bias: faults.point(self.lon, self.lat, false),
            bounds: faults.bounds(self.bbox, self.circle),
            layers: faults.layers(self.layers, &[Layer::Postcode, Layer::Outcode, Layer::Place]),
            limit: faults.limit(self.limit, 10),
        };
        let format = faults.format(self.format);
        faults.or((q.unwrap_or_default(), wish, format))
    }
}

impl Reverse {
    pub(super) fn parse(self) -> Result<(Point, f64, Wish, Format), Problem> {
        let mut faults = Faults::default();
        let point = faults.point(self.lon, self.lat, true);
        let radius_m = faults.number("radius_m", self.radius_m, 1.0, MAX_REVERSE_M);
        let layers = [Layer::Address, Layer::Postcode, Layer::Place, Layer::Area];
        let wish = Wish {
            bias: None,
            bounds: None,
            layers: faults.layers(self.layers, &layers),
            limit: faults.limit(self.limit, 1),
        };
        let format = faults.format(self.format);
        let point = point.unwrap_or(Point { longitude: 0.0, latitude: 0.0 });
        faults.or((point, radius_m.unwrap_or(MAX_REVERSE_M / 10.0), wish, format))
    }
}
