//! The JSON of drawn shapes: `GeoJSON` polygons and circles. Errors are reported by field, and the size is checked before
//! anything else.

use serde::Deserialize;

use super::{field_errors::FieldErrors, query::is_swapped};
use crate::geometry::{
    crossing,
    drawn::Drawn,
    micro::{Micro, micro},
    position::Position,
    shape::{Ring, Shape, twice_area},
};

/// Most points of a drawn shape. The search for crossings compares each edge with those at its latitude, in the worst case
/// with all: two million comparisons, about 20 ms.
pub(crate) const MAX_POINTS: usize = 2_000;
/// Largest radius of a circle, metres: a day's journey to a meeting.
const MAX_RADIUS_M: f64 = 100_000.0;

/// One or several `GeoJSON` polygons.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", content = "coordinates")]
pub(crate) enum GeometryBody {
    Polygon(PolygonBody),
    MultiPolygon(Vec<PolygonBody>),
}

type PolygonBody = Vec<Vec<Vec<f64>>>;

/// A circle on the ground.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CircleBody {
    longitude: f64,
    latitude: f64,
    radius_m: f64,
}

/// Checks polygons; errors are reported under `pointer`.
pub(crate) fn polygons(
    body: &GeometryBody,
    pointer: &str,
    errors: &mut FieldErrors,
) -> Option<Drawn> {
    let (polygons, is_many) = match body {
        GeometryBody::Polygon(polygon) => (std::slice::from_ref(polygon), false),
        GeometryBody::MultiPolygon(polygons) => (polygons.as_slice(), true),
    };
    let points: usize = polygons.iter().flatten().map(Vec::len).sum();
    if !(1..=MAX_POINTS).contains(&points) {
        let detail = format!("must have 1 to {MAX_POINTS} points");
        errors.add(format!("{pointer}/coordinates"), "out_of_range", detail);
        return None;
    }
    let numbered = polygons.iter().enumerate().map(|(number, polygon)| {
        let place = if is_many { format!("/{number}") } else { String::new() };
        check_polygon(polygon, &format!("{pointer}/coordinates{place}"), errors)
    });
    Some(Drawn::Polygons(numbered.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?))
}

/// Checks a circle; errors are reported under `pointer`.
pub(crate) fn circle(body: &CircleBody, pointer: &str, errors: &mut FieldErrors) -> Option<Drawn> {
    let centre = position(&[body.longitude, body.latitude], pointer, errors)?;
    if !(1.0..=MAX_RADIUS_M).contains(&body.radius_m) {
        let detail = format!("must be 1 to {MAX_RADIUS_M} metres");
        errors.add(format!("{pointer}/radius_m"), "out_of_range", detail);
        return None;
    }
    Some(Drawn::Circle { centre, radius_m: body.radius_m })
}

fn check_polygon(
    rings: &[Vec<Vec<f64>>],
    pointer: &str,
    errors: &mut FieldErrors,
) -> Option<Shape> {
    let mut read: Vec<Ring> = Vec::with_capacity(rings.len());
    for (number, ring) in rings.iter().enumerate() {
        let points = check_ring(ring, &format!("{pointer}/{number}"), errors)?;
        read.push(Ring { is_outer: number == 0, points, anchors: vec![] });
    }
    if read.is_empty() {
        errors.add(pointer.to_owned(), "out_of_range", "must have at least one ring");
        return None;
    }
    if crossing::is_in(&read) {
        errors.add(
            pointer.to_owned(),
            "crossing",
            "must not have lines that cross, touch or overlap",
        );
        return None;
    }
    let outer = Shape::new(read.iter().take(1).cloned().collect())?;
    let is_outside = |ring: &Ring| ring.points.first().is_some_and(|point| !outer.contains(*point));
    if read.iter().skip(1).any(is_outside) {
        errors.add(pointer.to_owned(), "hole_outside", "must not have a hole outside the polygon");
        return None;
    }
    Shape::new(read)
}

fn check_ring(points: &[Vec<f64>], pointer: &str, errors: &mut FieldErrors) -> Option<Vec<Micro>> {
    let mut read = Vec::with_capacity(points.len());
    for (number, point) in points.iter().enumerate() {
        read.push(micro(position(point, &format!("{pointer}/{number}"), errors)?));
    }
    if read.first() != read.last() {
        errors.add(pointer.to_owned(), "unclosed", "must end with its first point");
        return None;
    }
    read.dedup();
    if read.len() < 4 || twice_area(&read) == 0 {
        errors.add(
            pointer.to_owned(),
            "out_of_range",
            "must have at least three different corners",
        );
        return None;
    }
    Some(read)
}

fn position(point: &[f64], pointer: &str, errors: &mut FieldErrors) -> Option<Position> {
    let mut invalid = |code, detail: &'static str| {
        errors.add(pointer.to_owned(), code, detail);
        None
    };
    let ([longitude, latitude] | [longitude, latitude, _]) = *point else {
        return invalid("malformed", "must be a longitude and a latitude");
    };
    if !(-180.0..=180.0).contains(&longitude) || !(-90.0..=90.0).contains(&latitude) {
        return invalid(
            "out_of_range",
            "must have a longitude from -180 to 180 and a latitude from -90 to 90",
        );
    }
    let at = Position { longitude, latitude };
    if is_swapped(at) {
        return invalid("swapped", "seems to have longitude and latitude swapped");
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Drawn, GeometryBody, polygons};
    use crate::{areas::http::field_errors::FieldErrors, geometry::position::Position};

    /// The shape, or pointer and code of the first error.
    fn drawn(coordinates: Value) -> Result<Drawn, (String, String)> {
        let body = json!({"type": "Polygon", "coordinates": coordinates});
        let body: GeometryBody = serde_json::from_value(body).unwrap();
        let mut errors = FieldErrors::default();
        let drawn = polygons(&body, "/geometry", &mut errors);
        drawn.ok_or_else(|| {
            let problem = errors.into_result().unwrap_err();
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
