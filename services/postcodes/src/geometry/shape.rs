//! The boundary of one area: rings of points in whole millionths of a degree, so that tests of inside and outside are exact.

use super::{
    bands::Bands,
    bounds::Bounds,
    edge::Edge,
    micro::{MICRO, Micro, metres_per_degree},
    position::Position,
};

/// A closed line: its last point equals its first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Whether it is the outer ring of a polygon; otherwise a hole of the polygon before.
    pub is_outer: bool,
    pub points: Vec<Micro>,
    /// Numbers of the points where borders meet, which simplification keeps ([`super::simplify`]).
    pub anchors: Vec<u32>,
}

/// A multipolygon, with an index of its edges.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Points of all rings, ring by ring.
    points: Vec<Micro>,
    /// Anchors of all rings, numbered within their rings.
    anchors: Vec<u32>,
    rings: Vec<Span>,
    bounds: Bounds,
    bands: Bands,
}

/// Where a ring ends.
#[derive(Clone, Copy, Debug)]
struct Span {
    is_outer: bool,
    points_end: usize,
    anchors_end: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct RingView<'a> {
    pub is_outer: bool,
    pub points: &'a [Micro],
    pub anchors: &'a [u32],
}

impl Shape {
    /// Indexes rings; none if they have no points.
    pub fn new(rings: Vec<Ring>) -> Option<Self> {
        let bounds = Bounds::around(rings.iter().flat_map(|ring| &ring.points).copied())?;
        let bands = Bands::new(bounds, std::iter::empty());
        let mut shape = Self { points: vec![], anchors: vec![], rings: vec![], bounds, bands };
        for ring in rings {
            shape.points.extend(ring.points);
            shape.anchors.extend(ring.anchors);
            let (points_end, anchors_end) = (shape.points.len(), shape.anchors.len());
            shape.rings.push(Span { is_outer: ring.is_outer, points_end, anchors_end });
        }
        shape.points.shrink_to_fit();
        shape.bands = Bands::new(bounds, shape.numbered());
        Some(shape)
    }

    /// Its rings: each outer ring is followed by its holes.
    pub fn rings(&self) -> impl Iterator<Item = RingView<'_>> + Clone {
        let starts = self.rings.iter().map(|span| (span.points_end, span.anchors_end));
        std::iter::once((0, 0)).chain(starts).zip(&self.rings).filter_map(|(start, span)| {
            Some(RingView {
                is_outer: span.is_outer,
                points: self.points.get(start.0..span.points_end)?,
                anchors: self.anchors.get(start.1..span.anchors_end)?,
            })
        })
    }

    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Points of all rings.
    pub fn vertices(&self) -> usize {
        self.points.len()
    }

    /// Whether the boundaries are equal, point by point.
    pub fn has_outline_of(&self, other: &Self) -> bool {
        self.rings().map(|ring| ring.points).eq(other.rings().map(|ring| ring.points))
    }

    /// Whether a point is inside. A point on the shared border of two areas is in exactly one of them.
    pub fn contains(&self, at: Micro) -> bool {
        if !self.bounds.contains(at) {
            return false;
        }
        let edges = self.bands.at(at[1]).iter().filter_map(|number| self.edge(*number));
        edges.filter(|edge| edge.is_east_of(at)).count() % 2 == 1
    }

    /// Metres from a position to the nearest border, if that is within reach. Treats the Earth as flat over such distances.
    pub fn border_within(&self, from: Position, reach_m: f64) -> Option<f64> {
        let scale = metres_per_degree(from.latitude).map(|metres| metres / MICRO);
        let here = [from.longitude * MICRO, from.latitude * MICRO];
        let height = reach_m / scale[1];
        let edges = self.bands.between(here[1] - height, here[1] + height).iter();
        let nearest = edges
            .filter_map(|number| self.edge(*number))
            .map(|edge| edge.distance(here, scale))
            .fold(f64::INFINITY, f64::min);
        (nearest <= reach_m).then_some(nearest)
    }

    fn edge(&self, number: u32) -> Option<Edge> {
        let [from, to] = *self.points.get(usize::try_from(number).ok()?..)?.first_chunk()?;
        Some(Edge { from, to })
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, [Micro; 2])> + Clone {
        let starts = std::iter::once(0).chain(self.rings.iter().map(|span| span.points_end));
        starts.zip(self.rings()).flat_map(|(start, ring)| {
            (u32::try_from(start).unwrap_or(u32::MAX)..).zip(edges(ring.points))
        })
    }

    /// Centre of gravity, in degrees.
    pub fn centre(&self) -> Position {
        let origin = self.bounds.low.map(f64::from);
        let (mut twice_area, mut sum) = (0.0, [0.0; 2]);
        for [one, other] in self.rings().flat_map(|ring| edges(ring.points)) {
            let [x1, y1] = [f64::from(one[0]) - origin[0], f64::from(one[1]) - origin[1]];
            let [x2, y2] = [f64::from(other[0]) - origin[0], f64::from(other[1]) - origin[1]];
            let cross = x1 * y2 - x2 * y1;
            twice_area += cross;
            sum = [sum[0] + (x1 + x2) * cross, sum[1] + (y1 + y2) * cross];
        }
        if twice_area == 0.0 {
            return self.bounds.middle();
        }
        let place = |sum: f64, origin: f64| (origin + sum / (3.0 * twice_area)).round() / MICRO;
        Position { longitude: place(sum[0], origin[0]), latitude: place(sum[1], origin[1]) }
    }
}

/// The edges of a ring, from each point to the next.
pub fn edges(points: &[Micro]) -> impl Iterator<Item = [Micro; 2]> + Clone {
    points.iter().zip(points.iter().skip(1)).map(|(one, other)| [*one, *other])
}

/// Twice the area of a ring in square millionths of a degree; negative for a clockwise ring.
pub fn twice_area(points: &[Micro]) -> i128 {
    let cross = |one: Micro, other: Micro| {
        i128::from(one[0]) * i128::from(other[1]) - i128::from(other[0]) * i128::from(one[1])
    };
    edges(points).map(|[one, other]| cross(one, other)).sum()
}

#[cfg(test)]
mod tests {
    use super::{Ring, Shape};
    use crate::geometry::{micro::micro, position::Position};

    fn ring(is_outer: bool, points: &[[i32; 2]]) -> Ring {
        let mut points = points.to_vec();
        points.push(points[0]);
        Ring { is_outer, points, anchors: vec![] }
    }

    fn square_with_a_hole() -> Shape {
        let outer = ring(true, &[[0, 0], [100, 0], [100, 100], [0, 100]]);
        let hole = ring(false, &[[40, 40], [60, 40], [60, 60], [40, 60]]);
        let island = ring(true, &[[200, 0], [210, 0], [210, 10]]);
        Shape::new(vec![outer, hole, island]).unwrap()
    }

    #[test]
    fn holes_are_outside_and_islands_inside() {
        let shape = square_with_a_hole();
        for (point, inside) in [
            ([10, 10], true),
            ([50, 50], false),
            ([70, 50], true),
            ([208, 5], true),
            ([202, 8], false),
            ([150, 5], false),
            ([-1, 50], false),
            ([50, 101], false),
        ] {
            assert_eq!(shape.contains(point), inside, "{point:?}");
        }
    }

    #[test]
    fn every_point_of_a_shared_border_lies_in_exactly_one_area() {
        let west = Shape::new(vec![ring(true, &[[0, 0], [50, 0], [57, 33], [50, 100], [0, 100]])]);
        let east =
            Shape::new(vec![ring(true, &[[50, 0], [100, 0], [100, 100], [50, 100], [57, 33]])]);
        let (west, east) = (west.unwrap(), east.unwrap());
        for x in 1..100 {
            for y in 1..100 {
                let inside = [&west, &east].map(|shape| shape.contains([x, y]));
                assert_ne!(inside[0], inside[1], "{x} {y}");
            }
        }
    }

    #[test]
    fn the_distance_to_a_border_counts_within_reach_only() {
        let corner = |west: i32| [[west, 51_000_000], [west + 10_000, 51_000_000]];
        let [[a, b], [c, d]] = [corner(0), [[10_000, 51_010_000], [0, 51_010_000]]];
        let shape = Shape::new(vec![ring(true, &[a, b, c, d])]).unwrap();
        let at = Position { longitude: 0.008, latitude: 51.005 };
        assert!(shape.contains(micro(at)));
        let found = shape.border_within(at, 200.0).unwrap();
        // 0.002 degrees of longitude at 51 degrees north are 140 m.
        assert!((found - 140.0).abs() < 1.0, "{found}");
        assert_eq!(shape.border_within(at, 100.0), None);
    }

    #[test]
    fn the_centre_is_the_centre_of_gravity() {
        let shape =
            Shape::new(vec![ring(true, &[[0, 0], [3_000_000, 0], [0, 3_000_000]])]).unwrap();
        let centre = shape.centre();
        assert_eq!((centre.longitude, centre.latitude), (1.0, 1.0));
    }
}
