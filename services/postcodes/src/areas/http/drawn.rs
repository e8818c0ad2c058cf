//! The JSON of drawn shapes: `GeoJSON` polygons and circles. Errors are reported by field, and the size is checked before
//! anything else.

use contracts::values::InvalidValue;
use kit::http::fields::Fields;
use serde::Deserialize;

use super::query::is_swapped;
use crate::geometry::{
    crossing,
    drawn::Drawn,
    micro::{Micro, micro},
    position::Position,
    shape::{Ring, Shape, twice_area},
};

/// Most points of a drawn shape. The search for crossings compares each edge with those at its latitude, in the worst case
/// with all: two million comparisons, about 20 ms.
const MAX_POINTS: usize = 2_000;
/// Largest radius of a circle, metres: a day's journey to a meeting.
const MAX_RADIUS_M: f64 = 100_000.0;

/// One or several `GeoJSON` polygons.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", content = "coordinates")]
pub(crate) enum GeometryRequest {
    Polygon(Polygon),
    MultiPolygon(Vec<Polygon>),
}

type Polygon = Vec<Vec<Vec<f64>>>;

/// A circle on the ground.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CircleRequest {
    longitude: f64,
    latitude: f64,
    radius_m: f64,
}

/// The pointer to an invalid part of a shape, and what is wrong with it.
type Invalid = (String, InvalidValue);

impl GeometryRequest {
    /// Parses polygons; the first error in each is reported below `pointer`.
    pub(crate) fn parse(&self, pointer: &str, fields: &mut Fields) -> Option<Drawn> {
        let (polygons, is_many) = match self {
            Self::Polygon(polygon) => (std::slice::from_ref(polygon), false),
            Self::MultiPolygon(polygons) => (polygons.as_slice(), true),
        };
        let points: usize = polygons.iter().flatten().map(Vec::len).sum();
        if !(1..=MAX_POINTS).contains(&points) {
            let detail = format!("must have 1 to {MAX_POINTS} points");
            let invalid = InvalidValue::with_detail("out_of_range", detail);
            fields.add(format!("{pointer}/coordinates"), invalid);
            return None;
        }
        let shapes = polygons.iter().enumerate().map(|(number, polygon)| {
            let place = if is_many { format!("/{number}") } else { String::new() };
            let shape = parse_polygon(polygon, &format!("{pointer}/coordinates{place}"));
            shape.map_err(|(pointer, invalid)| fields.add(pointer, invalid)).ok()
        });
        Some(Drawn::Polygons(shapes.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?))
    }
}

impl CircleRequest {
    /// Parses a circle; an error is reported below `pointer`.
    pub(crate) fn parse(&self, pointer: &str, fields: &mut Fields) -> Option<Drawn> {
        let centre = parse_position(&[self.longitude, self.latitude], pointer);
        let centre = centre.map_err(|(pointer, invalid)| fields.add(pointer, invalid)).ok()?;
        if !(1.0..=MAX_RADIUS_M).contains(&self.radius_m) {
            let detail = format!("must be 1 to {MAX_RADIUS_M} metres");
            fields.add(
                format!("{pointer}/radius_m"),
                InvalidValue::with_detail("out_of_range", detail),
            );
            return None;
        }
        Some(Drawn::Circle { centre, radius_m: self.radius_m })
    }
}

fn invalid(pointer: &str, code: &'static str, detail: &'static str) -> Invalid {
    (pointer.to_owned(), InvalidValue::new(code, detail))
}

fn parse_polygon(polygon: &[Vec<Vec<f64>>], pointer: &str) -> Result<Shape, Invalid> {
    let mut rings: Vec<Ring> = Vec::with_capacity(polygon.len());
    for (number, ring) in polygon.iter().enumerate() {
        let points = parse_ring(ring, &format!("{pointer}/{number}"))?;
        rings.push(Ring { is_outer: number == 0, points, anchors: vec![] });
    }
    if crossing::is_in(&rings) {
        let detail = "must not have lines that cross, touch or overlap";
        return Err(invalid(pointer, "crossing", detail));
    }
    let no_ring = || invalid(pointer, "out_of_range", "must have at least one ring");
    let outer = Shape::new(rings.iter().take(1).cloned().collect()).ok_or_else(no_ring)?;
    let is_outside = |ring: &Ring| ring.points.first().is_some_and(|point| !outer.contains(*point));
    if rings.iter().skip(1).any(is_outside) {
        let detail = "must not have a hole outside the polygon";
        return Err(invalid(pointer, "hole_outside", detail));
    }
    Shape::new(rings).ok_or_else(no_ring)
}

fn parse_ring(ring: &[Vec<f64>], pointer: &str) -> Result<Vec<Micro>, Invalid> {
    let mut points = Vec::with_capacity(ring.len());
    for (number, point) in ring.iter().enumerate() {
        points.push(micro(parse_position(point, &format!("{pointer}/{number}"))?));
    }
    if points.first() != points.last() {
        return Err(invalid(pointer, "unclosed", "must end with its first point"));
    }
    points.dedup();
    if points.len() < 4 || twice_area(&points) == 0 {
        let detail = "must have at least three different corners";
        return Err(invalid(pointer, "out_of_range", detail));
    }
    Ok(points)
}

fn parse_position(point: &[f64], pointer: &str) -> Result<Position, Invalid> {
    let ([longitude, latitude] | [longitude, latitude, _]) = *point else {
        return Err(invalid(pointer, "malformed", "must be a longitude and a latitude"));
    };
    if !(-180.0..=180.0).contains(&longitude) || !(-90.0..=90.0).contains(&latitude) {
        let detail = "must have a longitude from -180 to 180 and a latitude from -90 to 90";
        return Err(invalid(pointer, "out_of_range", detail));
    }
    let at = Position { longitude, latitude };
    if is_swapped(at) {
        let detail = "seems to have longitude and latitude swapped";
        return Err(invalid(pointer, "swapped", detail));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Drawn, Fields, GeometryRequest, Position};

    /// The shape, or pointer and code of the first error.
    fn drawn(coordinates: Value) -> Result<Drawn, (String, String)> {
        let body = json!({"type": "Polygon", "coordinates": coordinates});
        let body: GeometryRequest = serde_json::from_value(body).unwrap();
        let mut fields = Fields::default();
        let drawn = body.parse("/geometry", &mut fields);
        drawn.ok_or_else(|| {
            let problem = fields.finish(Some(())).unwrap_err();
            let error = &problem.errors()[0];
            (error.pointer.to_string(), error.code.to_string())
        })
    }

    #[test]
    fn a_square_with_a_hole_contains_what_is_between() {
        let square = drawn(json!([
            [[-2, 51], [-1, 51], [-1, 52], [-2, 52], [-2, 51]],
            [[-1.6, 51.4], [-1.4, 51.4], [-1.4, 51.6], [-1.6, 51.6], [-1.6, 51.4]],
        ]))
        .unwrap();
        let at = |longitude, latitude| Position { longitude, latitude };
        assert!(square.contains(at(-1.8, 51.5)) && !square.contains(at(-1.5, 51.5)));
        assert!(square.is_near_border(at(-1.999, 51.5), 100.0));
        assert!(!square.is_near_border(at(-1.8, 51.5), 100.0));
        assert!((7_500.0..7_900.0).contains(&square.box_km2()), "{}", square.box_km2());
    }

    #[test]
    fn an_invalid_polygon_is_reported_by_its_position() {
        let many: Vec<_> = (0..2_001).map(|number| json!([f64::from(number) / 1e3, 51])).collect();
        for (coordinates, pointer, code) in [
            (json!([]), "", "out_of_range"),
            (json!([[]]), "", "out_of_range"),
            (json!([many]), "", "out_of_range"),
            (json!([[[0, 51], [1, 51], [0, 51]]]), "/0", "out_of_range"),
            (json!([[[0, 51], [1, 51], [2, 51], [0, 51]]]), "/0", "out_of_range"),
            (json!([[[0, 51], [1, 51], [1, 52]]]), "/0", "unclosed"),
            (json!([[[0, 51], [1], [1, 52], [0, 51]]]), "/0/1", "malformed"),
            (json!([[[0, 51], [1, 91], [1, 52], [0, 51]]]), "/0/1", "out_of_range"),
            (json!([[[51, 0], [51, 1], [52, 1], [51, 0]]]), "/0/0", "swapped"),
            (json!([[[0, 51], [1, 52], [1, 51], [0, 51.7], [0, 51]]]), "", "crossing"),
            (json!([[[0, 51], [2, 51], [2, 52], [2, 51.5], [0, 51]]]), "", "crossing"),
            (
                json!(
                    [[[0, 51], [1, 51], [1, 52], [0, 51]], [[5, 51], [6, 51], [6, 52], [5, 51]],]
                ),
                "",
                "hole_outside",
            ),
        ] {
            let expected = (format!("/geometry/coordinates{pointer}"), code.to_owned());
            assert_eq!(drawn(coordinates.clone()).unwrap_err(), expected, "{coordinates}");
        }
    }
}
