//! Reads outlines from GeoJSON, and measures the distance to one.

use anyhow::{Context, bail, ensure};
use geo::{Coord, Distance, Euclidean, Line, LineString, LinesIter, MultiPolygon, Point, Polygon};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::domain::{AreasAbout, Outline};
use crate::dataset::image::Position;

/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.0;

#[derive(Deserialize)]
struct Collection {
    #[serde(flatten)]
    about: AreasAbout,
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Map<String, Value>,
    geometry: Geometry,
}

type Ring = Vec<Vec<f64>>;

#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

/// Reads a feature collection of polygons in WGS84 degrees.
pub(super) fn parse(text: &str) -> anyhow::Result<(AreasAbout, Vec<Outline>)> {
    let Collection { mut about, features } =
        serde_json::from_str(text).context("this is no GeoJSON collection of polygons")?;
    let mut outlines = Vec::with_capacity(features.len());
    for feature in features {
        let (outline, generation) = outline(feature)?;
        about.generation = about.generation.or(generation);
        outlines.push(outline);
    }
    ensure!(!outlines.is_empty(), "the collection is empty");
    Ok((about, outlines))
}

/// Metres in a degree of longitude and of latitude at a position.
pub(super) fn metres_per_degree(at: Position) -> [f64; 2] {
    [METRES_PER_DEGREE * at.latitude.to_radians().cos(), METRES_PER_DEGREE]
}

/// Distance in metres from a position to the nearest border of a shape, taking the earth as flat
/// for so short a way.
pub(super) fn distance_m(shape: &MultiPolygon<f64>, from: Position) -> f64 {
    let [east, north] = metres_per_degree(from);
    let flat = |at: Coord<f64>| Coord {
        x: (at.x - from.longitude) * east,
        y: (at.y - from.latitude) * north,
    };
    let here = Point::new(0.0, 0.0);
    shape
        .lines_iter()
        .map(|line| Euclidean.distance(&here, &Line::new(flat(line.start), flat(line.end))))
        .fold(f64::INFINITY, f64::min)
}

/// One outline, and the generation that its property's name tells (`PCON24CD` → 2024).
fn outline(feature: Feature) -> anyhow::Result<(Outline, Option<String>)> {
    let text = |key: &str| feature.properties.get(key).and_then(Value::as_str).map(str::to_owned);
    let vintage = feature.properties.keys().find_map(|key| vintage(key));
    let keys = vintage.map(|vintage| (format!("PCON{vintage}CD"), format!("PCON{vintage}NM")));
    let (code, name) = keys.as_ref().map_or(("gss_code", "name"), |(code, name)| (code, name));
    let gss_code = text(code).with_context(|| format!("a feature lacks the property {code}"))?;
    let polygons = match feature.geometry {
        Geometry::Polygon(rings) => vec![polygon(rings)?],
        Geometry::MultiPolygon(polygons) => {
            polygons.into_iter().map(polygon).collect::<anyhow::Result<_>>()?
        }
    };
    let outline = Outline { gss_code, name: text(name), shape: MultiPolygon(polygons) };
    Ok((outline, vintage.map(|vintage| format!("20{vintage}"))))
}

fn vintage(key: &str) -> Option<&str> {
    let vintage = key.strip_prefix("PCON")?.strip_suffix("CD")?;
    (vintage.len() == 2 && vintage.bytes().all(|byte| byte.is_ascii_digit())).then_some(vintage)
}

fn polygon(rings: Vec<Ring>) -> anyhow::Result<Polygon<f64>> {
    let mut lines = rings.into_iter().map(|ring| {
        let points =
            ring.iter().map(|point| coordinate(point)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(LineString(points))
    });
    let outer = lines.next().context("a polygon has no ring")??;
    Ok(Polygon::new(outer, lines.collect::<anyhow::Result<_>>()?))
}

fn coordinate(point: &[f64]) -> anyhow::Result<Coord<f64>> {
    let [x, y, ..] = *point else { bail!("a point needs two coordinates") };
    ensure!(
        (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y),
        "the coordinates {x}, {y} are no degrees: convert the file to WGS84 (EPSG:4326)"
    );
    Ok(Coord { x, y })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn grid_coordinates_are_refused_with_what_to_do() {
        let text = r#"{"features":[{"properties":{"gss_code":"E1","name":"A"},"geometry":
            {"type":"Polygon","coordinates":[[[451000,206000],[452000,206000],[452000,207000]]]}}]}"#;
        assert!(parse(text).unwrap_err().to_string().contains("WGS84"));
    }

    #[test]
    fn a_feature_without_a_code_and_an_empty_collection_are_refused() {
        let nameless = r#"{"features":[{"properties":{},"geometry":
            {"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}}]}"#;
        assert!(parse(nameless).unwrap_err().to_string().contains("gss_code"));
        assert!(parse(r#"{"features":[]}"#).is_err());
        assert!(parse("[1]").is_err());
    }
}
