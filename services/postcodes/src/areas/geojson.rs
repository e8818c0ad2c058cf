//! Reads outlines from GeoJSON: a file of the operator's, or the embedded rough ones.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::domain::{Areas, AreasAbout, Outline};

/// The project's own rough outlines of ten constituencies.
const DEMO: &str = include_str!("../../data/demo-areas.geojson");

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

/// The embedded outlines, for trying out.
pub fn demo() -> anyhow::Result<Areas> {
    parse(DEMO).context("the embedded outlines are broken")
}

/// Reads a file of constituencies: a feature collection of polygons in WGS84 degrees, with the
/// properties `gss_code` and `name`, or `PCON24CD` and `PCON24NM` of any vintage.
pub fn load(path: &Path) -> anyhow::Result<Areas> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the areas {}", path.display()))?;
    parse(&text).with_context(|| format!("cannot use the areas {}", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Areas> {
    let Collection { mut about, features } =
        serde_json::from_str(text).context("this is no GeoJSON collection of polygons")?;
    let mut outlines = Vec::with_capacity(features.len());
    for feature in features {
        let (outline, generation) = outline(feature)?;
        about.generation = about.generation.or(generation);
        outlines.push(outline);
    }
    ensure!(!outlines.is_empty(), "the collection is empty");
    Ok(Areas::new(about, outlines))
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
    use super::{demo, parse};
    use crate::dataset::image::Position;

    #[test]
    fn grid_coordinates_are_refused_with_what_to_do() {
        let text = r#"{"features":[{"properties":{"gss_code":"E1","name":"A"},"geometry":
            {"type":"Polygon","coordinates":[[[451000,206000],[452000,206000],[452000,207000]]]}}]}"#;
        assert!(parse(text).err().unwrap().to_string().contains("WGS84"));
    }

    #[test]
    fn both_ways_to_name_a_constituency_are_read_and_the_vintage_is_the_generation() {
        let text = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"gss_code":"E1","name":"West"},"geometry":
             {"type":"Polygon","coordinates":[[[0,51],[1,51],[1,52],[0,51]]]}},
            {"type":"Feature","properties":{"PCON24CD":"E2","PCON24NM":"East"},"geometry":
             {"type":"MultiPolygon","coordinates":[[[[2,51],[3,51],[3,52],[2,51]]]]}}]}"#;
        let areas = parse(text).unwrap();
        assert_eq!(areas.about().generation.as_deref(), Some("2024"));
        let names: Vec<_> =
            areas.outlines().iter().map(|outline| outline.name.as_deref()).collect();
        assert_eq!(names, [Some("West"), Some("East")]);
    }

    #[test]
    fn a_feature_without_a_code_and_an_empty_collection_are_refused() {
        let nameless = r#"{"features":[{"properties":{},"geometry":
            {"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}}]}"#;
        assert!(parse(nameless).err().unwrap().to_string().contains("gss_code"));
        assert!(parse(r#"{"features":[]}"#).is_err());
        assert!(parse("[1]").is_err());
    }

    #[test]
    fn the_embedded_outlines_hold_the_places_they_are_named_for() {
        let areas = demo().unwrap();
        assert!(areas.about().rough);
        let places = [
            ("E14001419", -1.2165, 51.7520), // Oxford, Headington
            ("E14001420", -1.2820, 51.6708), // Abingdon
            ("E14001172", -0.1276, 51.5033), // Downing Street
            ("E14001149", 0.1190, 52.2053),  // Cambridge, King's Parade
            ("E14001131", -2.5990, 51.4530), // Bristol, College Green
            ("E14001352", -2.2370, 53.4810), // Manchester, Piccadilly
            ("S14000078", -3.1130, 55.9520), // Edinburgh, Portobello
            ("W07000089", -3.1450, 51.5150), // Cardiff, Penylan
            ("N05000001", -5.8700, 54.5960), // Belfast, Bloomfield
            ("E14001467", -1.4700, 53.3800), // Sheffield, City Hall
        ];
        for (code, longitude, latitude) in places {
            let found = areas
                .locate(Position { longitude, latitude })
                .map(|found| found.gss_code.to_owned());
            assert_eq!(found.as_deref(), Some(code));
        }
        assert_eq!(areas.outlines().len(), places.len());
    }
}
