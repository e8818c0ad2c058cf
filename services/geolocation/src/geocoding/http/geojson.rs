//! Features as `GeoJSON` (RFC 7946), with attribution and notes in addition.

use std::borrow::Cow;

use serde::Serialize;

use super::super::domain::{self, Answer, Details, Layer, MatchType, Note, Point};

#[derive(Serialize)]
pub(super) struct Collection<'a> {
    r#type: &'static str,
    features: Vec<Feature<'a>>,
    attribution: &'a [Cow<'static, str>],
    notes: &'a [Note],
}

#[derive(Serialize)]
struct Feature<'a> {
    r#type: &'static str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bbox: Option<[f64; 4]>,
    geometry: Option<Geometry>,
    properties: Properties<'a>,
}

#[derive(Serialize)]
pub(super) struct Geometry {
    r#type: &'static str,
    coordinates: [f64; 2],
}

#[derive(Serialize)]
struct Properties<'a> {
    layer: Layer,
    name: &'a str,
    label: &'a str,
    match_type: MatchType,
    confidence: f64,
    distance_m: Option<f64>,
    source: &'static str,
    #[serde(flatten)]
    details: &'a Details,
}

pub(super) fn collection(answer: &Answer) -> Collection<'_> {
    Collection {
        r#type: "FeatureCollection",
        features: answer.features.iter().map(feature).collect(),
        attribution: &answer.attribution,
        notes: &answer.notes,
    }
}

fn feature(feature: &domain::Feature) -> Feature<'_> {
    Feature {
        r#type: "Feature",
        id: &feature.id,
        bbox: feature.bbox,
        geometry: feature.point.map(geometry),
        properties: Properties {
            layer: feature.layer,
            name: &feature.name,
            label: &feature.label,
            match_type: feature.match_type,
            confidence: rounded(feature.confidence, 1_000.0),
            distance_m: feature.distance_m.map(|distance_m| rounded(distance_m, 10.0)),
            source: feature.source,
            details: &feature.details,
        },
    }
}

pub(super) fn geometry(point: Point) -> Geometry {
    Geometry { r#type: "Point", coordinates: [point.longitude, point.latitude] }
}

/// Further digits would have no meaning.
fn rounded(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}
