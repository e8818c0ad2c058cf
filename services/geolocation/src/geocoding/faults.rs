//! Values of parameters, with everything that is wrong told by the parameter's name and without its value.

use kit::http::problem::{FieldError, Problem};

use super::domain::{Bounds, Format, Layer, Point};

/// Characters of a text; the longest British address lines have about a hundred.
const MAX_TEXT: usize = 200;
/// Characters of anything else.
const MAX_OTHER: usize = 120;
/// Features of one answer.
const MAX_LIMIT: f64 = 50.0;
/// Metres around a centre.
const MAX_RADIUS_M: f64 = 200_000.0;
/// West, south, east, north of all that has a UK postcode; the islands of the Channel too.
const HOME: [f64; 4] = [-9.0, 48.9, 2.2, 61.1];

/// Everything that is wrong with a query. After a fault, values go on as if they had not been given.
#[derive(Default)]
pub(super) struct Faults(Vec<FieldError>);

impl Faults {
    pub(super) fn add(&mut self, field: &'static str, code: &'static str, detail: &'static str) {
        self.0.push(FieldError::new(field, code, detail));
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|fault| fault.pointer == field)
    }

    pub(super) fn or<T>(self, value: T) -> Result<T, Problem> {
        if self.0.is_empty() { Ok(value) } else { Err(Problem::invalid(self.0)) }
    }

    /// Words; none when there is nothing to read.
    pub(super) fn text(&mut self, field: &'static str, text: Option<String>) -> Option<String> {
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

    pub(super) fn number(
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

    pub(super) fn point(
        &mut self,
        lon: Option<String>,
        lat: Option<String>,
        required: bool,
    ) -> Option<Point> {
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

    pub(super) fn bounds(
        &mut self,
        bbox: Option<String>,
        circle: Option<String>,
    ) -> Option<Bounds> {
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

    pub(super) fn layers(&mut self, text: Option<String>, default: &[Layer]) -> Vec<Layer> {
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
    pub(super) fn limit(&mut self, text: Option<String>, default: usize) -> usize {
        match self.number("limit", text, 1.0, MAX_LIMIT) {
            Some(number) if number.fract() == 0.0 => number as usize,
            Some(_) => {
                self.add("limit", "malformed", "must be a whole number");
                default
            }
            None => default,
        }
    }

    pub(super) fn format(&mut self, text: Option<String>) -> Format {
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
