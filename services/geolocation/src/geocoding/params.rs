//! Parameters of a query into what is asked, with everything that is wrong told by its parameter's name and no value.

use kit::problem::{FieldError, Problem};
use serde::Deserialize;

use super::domain::{Bounds, Layer, Parts, Point, Text, Wish};

/// Characters of a text; the longest British address lines have about a hundred.
const MAX_TEXT: usize = 200;
/// Characters of anything else.
const MAX_OTHER: usize = 120;
/// Features of one answer.
const MAX_LIMIT: f64 = 50.0;
/// Metres around a centre.
const MAX_RADIUS_M: f64 = 200_000.0;
/// Metres to the next postcode in reverse.
const MAX_REVERSE_M: f64 = 20_000.0;
/// West, south, east, north of all that has a UK postcode; the islands of the Channel too.
const HOME: [f64; 4] = [-9.0, 48.9, 2.2, 61.1];

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    GeoJson,
    GeocodeJson,
}

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
            faults.add("q", "required", "is missing");
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

/// Everything that is wrong with a query. After a fault, values go on as if they had not been given.
#[derive(Default)]
struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, field: &'static str, code: &'static str, detail: &'static str) {
        self.0.push(FieldError::new(field, code, detail));
    }

    fn has(&self, field: &str) -> bool {
        self.0.iter().any(|fault| fault.pointer == field)
    }

    fn or<T>(self, value: T) -> Result<T, Problem> {
        if self.0.is_empty() { Ok(value) } else { Err(Problem::invalid(self.0)) }
    }

    /// Words; none when there is nothing to read.
    fn text(&mut self, field: &'static str, text: Option<String>) -> Option<String> {
        let text = self.short(field, text, MAX_TEXT)?;
        if text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
            self.add(field, "malformed", "has characters that no text has");
            return None;
        }
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn short(&mut self, field: &'static str, text: Option<String>, max: usize) -> Option<String> {
        let text = text?;
        if text.chars().count() > max {
            self.add(field, "too_long", "has too many characters");
            return None;
        }
        Some(text)
    }

    fn number(
        &mut self,
        field: &'static str,
        text: Option<String>,
        from: f64,
        to: f64,
    ) -> Option<f64> {
        let text = self.short(field, text, MAX_OTHER)?;
        let Some(number) = text.trim().parse::<f64>().ok().filter(|it| it.is_finite()) else {
            self.add(field, "malformed", "must be a number");
            return None;
        };
        if (from..=to).contains(&number) {
            return Some(number);
        }
        let detail = format!("must be from {from} to {to}");
        self.0.push(FieldError::new(field, "out_of_range", detail));
        None
    }

    /// Numbers between commas; exactly as many as there are ranges.
    fn numbers<const N: usize>(
        &mut self,
        field: &'static str,
        text: Option<String>,
        ranges: [(f64, f64); N],
        detail: &'static str,
    ) -> Option<[f64; N]> {
        let text = self.short(field, text, MAX_OTHER)?;
        let numbers: Vec<f64> = text
            .split(',')
            .zip(ranges)
            .filter_map(|(text, (from, to))| {
                let number = text.trim().parse::<f64>().ok()?;
                (from..=to).contains(&number).then_some(number)
            })
            .collect();
        let whole = text.split(',').count() == N;
        let numbers = numbers.try_into().ok().filter(|_all| whole);
        if numbers.is_none() {
            self.add(field, "malformed", detail);
        }
        numbers
    }

    fn point(&mut self, lon: Option<String>, lat: Option<String>, required: bool) -> Option<Point> {
        for (field, text) in [("lon", &lon), ("lat", &lat)] {
            let other_given = lon.is_some() || lat.is_some();
            if text.is_none() && (required || other_given) {
                self.add(field, "required", "longitude and latitude belong together");
            }
        }
        let longitude = self.number("lon", lon, -180.0, 180.0);
        let latitude = self.number("lat", lat, -90.0, 90.0);
        let point = Point { longitude: longitude?, latitude: latitude? };
        if !at_home(point)
            && at_home(Point { longitude: point.latitude, latitude: point.longitude })
        {
            self.add("lon", "swapped", "longitude and latitude look swapped");
            return None;
        }
        Some(point)
    }

    fn bounds(&mut self, bbox: Option<String>, circle: Option<String>) -> Option<Bounds> {
        if bbox.is_some() && circle.is_some() {
            self.add("circle", "exclusive", "either a box or a circle");
        }
        let (longitudes, latitudes) = ((-180.0, 180.0), (-90.0, 90.0));
        let detail = "must be west,south,east,north in degrees";
        let sides = [longitudes, latitudes, longitudes, latitudes];
        if let Some(bbox) = self.numbers("bbox", bbox, sides, detail) {
            let [west, south, east, north] = bbox;
            if west < east && south < north {
                return Some(Bounds::Box(bbox));
            }
            self.add("bbox", "malformed", detail);
        }
        let detail = "must be longitude,latitude,radius with the radius in metres";
        let parts = [longitudes, latitudes, (1.0, MAX_RADIUS_M)];
        let [longitude, latitude, radius_m] = self.numbers("circle", circle, parts, detail)?;
        Some(Bounds::Circle { centre: Point { longitude, latitude }, radius_m })
    }

    fn layers(&mut self, text: Option<String>, default: &[Layer]) -> Vec<Layer> {
        let Some(text) = self.short("layers", text, MAX_OTHER) else { return default.to_vec() };
        let find = |name: &str| Layer::ALL.into_iter().find(|layer| layer.as_str() == name);
        let layers: Option<Vec<Layer>> = text.split(',').map(|name| find(name.trim())).collect();
        layers.unwrap_or_else(|| {
            self.add("layers", "malformed", "must be of address,postcode,outcode,place,area");
            Vec::new()
        })
    }

    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 1 to 50; std has no fallible conversion"
    )]
    fn limit(&mut self, text: Option<String>, default: usize) -> usize {
        match self.number("limit", text, 1.0, MAX_LIMIT) {
            Some(number) if number.fract() == 0.0 => number as usize,
            Some(_) => {
                self.add("limit", "malformed", "must be a whole number");
                default
            }
            None => default,
        }
    }

    fn format(&mut self, text: Option<String>) -> Format {
        match self.short("format", text, MAX_OTHER).as_deref() {
            None | Some("geojson") => Format::GeoJson,
            Some("geocodejson") => Format::GeocodeJson,
            Some(_) => {
                self.add("format", "malformed", "must be geojson or geocodejson");
                Format::GeoJson
            }
        }
    }
}

fn at_home(point: Point) -> bool {
    let [west, south, east, north] = HOME;
    (west..=east).contains(&point.longitude) && (south..=north).contains(&point.latitude)
}
