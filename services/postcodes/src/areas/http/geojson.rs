//! Boundaries as `GeoJSON` (RFC 7946), written directly from whole millionths of a degree.

use std::fmt::Write as _;

use serde::Serialize;

use super::views::AreaView;
use crate::{
    areas::area_in_set::AreaInSet,
    geometry::{
        micro::Micro,
        shape::{RingView, Shape, twice_area},
    },
};

/// Approximate size of a point, in bytes; for buffers.
const POINT_BYTES: usize = 22;

/// A feature with a boundary, which may be simplified.
pub(super) fn feature(area: &AreaInSet<'_>, shape: &Shape) -> String {
    let mut text = String::with_capacity(512 + shape.vertices() * POINT_BYTES);
    text.push_str(r#"{"type":"Feature","id":"#);
    push_json(&mut text, &area.gss_code);
    text.push_str(r#","bbox":"#);
    push_json(&mut text, &shape.bounds().degrees());
    text.push_str(r#","properties":"#);
    push_json(&mut text, &AreaView::from(area));
    text.push_str(r#","geometry":{"type":"MultiPolygon","coordinates":["#);
    for (number, ring) in shape.rings().enumerate() {
        text.push_str(match (ring.is_outer, number) {
            (true, 0) => "[[",
            (true, _) => "]],[[",
            (false, _) => "],[",
        });
        push_ring(&mut text, ring);
    }
    text.push_str("]]]}}");
    text
}

pub(super) fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

/// Outer rings run counterclockwise and holes clockwise (RFC 7946 §3.1.6), whatever the direction in the file.
fn push_ring(text: &mut String, ring: RingView<'_>) {
    let is_counterclockwise = twice_area(ring.points) > 0;
    let forward = ring.points.iter();
    if is_counterclockwise == ring.is_outer {
        push_points(text, forward);
    } else {
        push_points(text, forward.rev());
    }
}

fn push_points<'a>(text: &mut String, points: impl Iterator<Item = &'a Micro>) {
    for (number, point) in points.enumerate() {
        text.push_str(if number == 0 { "[" } else { ",[" });
        push_degrees(text, point[0]);
        text.push(',');
        push_degrees(text, point[1]);
        text.push(']');
    }
}

/// Writes degrees without conversion to floats, with at most six decimals and no trailing zeros.
fn push_degrees(text: &mut String, micro: i32) {
    let (whole, rest) = (micro.unsigned_abs() / 1_000_000, micro.unsigned_abs() % 1_000_000);
    if micro < 0 {
        text.push('-');
    }
    // Writing to a string cannot fail.
    let _ = write!(text, "{whole}");
    if rest > 0 {
        let _ = write!(text, ".{rest:06}");
        text.truncate(text.trim_end_matches('0').len());
    }
}

fn push_json(text: &mut String, value: &impl Serialize) {
    text.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
}

#[cfg(test)]
mod tests {
    use super::{Shape, feature, push_degrees};
    use crate::{
        areas::{area_in_set::AreaInSet, layer::LayerAbout},
        geometry::shape::Ring,
    };

    #[test]
    fn degrees_have_no_trailing_zeros() {
        for (micro, expected) in
            [(0, "0"), (51_500_000, "51.5"), (-1, "-0.000001"), (-180_000_000, "-180")]
        {
            let mut text = String::new();
            push_degrees(&mut text, micro);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn outer_rings_run_counterclockwise_and_holes_clockwise() {
        let ring = |is_outer, points: &[[i32; 2]]| Ring {
            is_outer,
            points: points.to_vec(),
            anchors: vec![],
        };
        let degree = 1_000_000;
        let clockwise = ring(true, &[[0, 0], [0, degree], [degree, degree], [0, 0]]);
        let hole = ring(false, &[[1, 2], [2, 3], [1, 3], [1, 2]]);
        let island = ring(true, &[[5, 5], [6, 5], [6, 6], [5, 5]]);
        let shape = Shape::new(vec![clockwise, hole, island]).unwrap();
        let area = AreaInSet {
            gss_code: "E1",
            name: Some("A \"B\""),
            name_welsh: None,
            about: LayerAbout::default(),
            shape: Some(&shape),
            layer: None,
        };
        let json: serde_json::Value = serde_json::from_str(&feature(&area, &shape)).unwrap();
        assert_eq!(json["properties"]["name"], "A \"B\"");
        let polygons = json["geometry"]["coordinates"].as_array().unwrap();
        assert_eq!(polygons.len(), 2);
        assert_eq!(polygons[0][0], serde_json::json!([[0, 0], [1, 1], [0, 1], [0, 0]]));
        assert_eq!(polygons[0][1].as_array().unwrap().len(), 4);
    }
}
