//! Values of parameters. An invalid one is reported by the parameter's name and without its value.

use std::ops::RangeInclusive;

use contracts::values::InvalidValue;
use kit::http::fields::Fields;

use super::super::domain::{Bounds, Format, Layer, Point};

/// Longest text, in characters; the longest British address lines have about a hundred.
const MAX_TEXT: usize = 200;
/// Longest other value, in characters.
const MAX_OTHER: usize = 120;
/// Most features of one answer.
const MAX_LIMIT: f64 = 50.0;
/// Metres around a centre.
const RADII_M: RangeInclusive<f64> = 1.0..=200_000.0;
const LONGITUDES: RangeInclusive<f64> = -180.0..=180.0;
const LATITUDES: RangeInclusive<f64> = -90.0..=90.0;
/// Around everything that has a UK postcode, including the Channel Islands.
const HOME: (RangeInclusive<f64>, RangeInclusive<f64>) = (-9.0..=2.2, 48.9..=61.1);

type Parsed<T> = Result<T, InvalidValue>;

/// Words; none if the text is blank.
pub(super) fn text(text: String) -> Parsed<Option<String>> {
    check_length(&text, MAX_TEXT)?;
    if text.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER) {
        return Err(InvalidValue::new("malformed", "must not have control characters"));
    }
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

pub(super) fn number(text: &str, range: &RangeInclusive<f64>) -> Parsed<f64> {
    check_length(text, MAX_OTHER)?;
    let number = text.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    let number = number.ok_or(InvalidValue::new("malformed", "must be a number"))?;
    if range.contains(&number) {
        return Ok(number);
    }
    let detail = format!("must be from {} to {}", range.start(), range.end());
    Err(InvalidValue::with_detail("out_of_range", detail))
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number from 1 to 50; std has no fallible conversion"
)]
pub(super) fn limit(text: &str) -> Parsed<usize> {
    let number = number(text, &(1.0..=MAX_LIMIT))?;
    let is_whole = number.fract() == 0.0;
    is_whole
        .then_some(number as usize)
        .ok_or(InvalidValue::new("malformed", "must be a whole number"))
}

pub(super) fn layers(text: &str) -> Parsed<Vec<Layer>> {
    check_length(text, MAX_OTHER)?;
    let find = |name: &str| Layer::ALL.into_iter().find(|layer| layer.as_str() == name);
    let layers: Option<Vec<Layer>> = text.split(',').map(|name| find(name.trim())).collect();
    let detail = "must be some of address,postcode,outcode,place,area";
    layers.ok_or(InvalidValue::new("malformed", detail))
}

pub(super) fn format(text: &str) -> Parsed<Format> {
    check_length(text, MAX_OTHER)?;
    match text {
        "geojson" => Ok(Format::GeoJson),
        "geocodejson" => Ok(Format::GeocodeJson),
        _ => Err(InvalidValue::new("malformed", "must be geojson or geocodejson")),
    }
}

/// A point of two parameters, which must be given together.
pub(super) fn point(
    fields: &mut Fields,
    lon: Option<&str>,
    lat: Option<&str>,
    is_required: bool,
) -> Option<Point> {
    let is_wanted = is_required || lon.is_some() || lat.is_some();
    for (name, text) in [("lon", lon), ("lat", lat)] {
        if text.is_none() && is_wanted {
            let detail = "is required, since longitude and latitude belong together";
            fields.add(name, InvalidValue::new("required", detail));
        }
    }
    let longitude = fields.optional("lon", lon, |text| number(text, &LONGITUDES));
    let latitude = fields.optional("lat", lat, |text| number(text, &LATITUDES));
    let (longitude, latitude) = (longitude?, latitude?);
    if !is_home(longitude, latitude) && is_home(latitude, longitude) {
        fields.add("lon", InvalidValue::new("swapped", "looks like the latitude"));
        return None;
    }
    Some(Point { longitude, latitude })
}

/// A box or a circle.
pub(super) fn bounds(
    fields: &mut Fields,
    bbox: Option<&str>,
    circle: Option<&str>,
) -> Option<Bounds> {
    if bbox.is_some() && circle.is_some() {
        fields.add("circle", InvalidValue::new("exclusive", "must not be combined with bbox"));
    }
    let bbox = fields.optional("bbox", bbox, parse_box);
    let circle = fields.optional("circle", circle, parse_circle);
    bbox.or(circle)
}

fn parse_box(text: &str) -> Parsed<Bounds> {
    let detail = "must be west,south,east,north in degrees";
    let sides = numbers(text, [LONGITUDES, LATITUDES, LONGITUDES, LATITUDES], detail)?;
    let [west, south, east, north] = sides;
    let is_ordered = west < east && south < north;
    is_ordered.then_some(Bounds::Box(sides)).ok_or(InvalidValue::new("malformed", detail))
}

fn parse_circle(text: &str) -> Parsed<Bounds> {
    let detail = "must be longitude,latitude,radius with the radius in metres";
    let [longitude, latitude, radius_m] = numbers(text, [LONGITUDES, LATITUDES, RADII_M], detail)?;
    Ok(Bounds::Circle { centre: Point { longitude, latitude }, radius_m })
}

/// Numbers between commas, exactly as many as there are ranges.
fn numbers<const N: usize>(
    text: &str,
    ranges: [RangeInclusive<f64>; N],
    detail: &'static str,
) -> Parsed<[f64; N]> {
    check_length(text, MAX_OTHER)?;
    let parts = text.split(',').zip(ranges);
    let numbers = parts.filter_map(|(part, range)| number(part, &range).ok());
    let numbers = numbers.collect::<Vec<_>>().try_into().ok();
    let is_complete = text.split(',').count() == N;
    numbers.filter(|_all| is_complete).ok_or(InvalidValue::new("malformed", detail))
}

fn check_length(text: &str, max: usize) -> Parsed<()> {
    if text.chars().count() > max {
        return Err(InvalidValue::new("too_long", "has too many characters"));
    }
    Ok(())
}

fn is_home(longitude: f64, latitude: f64) -> bool {
    HOME.0.contains(&longitude) && HOME.1.contains(&latitude)
}
