//! Simplification that keeps topology: each piece of border between two anchors is simplified separately, in a direction that
//! does not depend on which area it is taken from, so that neighbouring areas still share every point of their border.

use geo::{Coord, LineString, SimplifyIdx};

use super::{
    micro::{MICRO, Micro, metres_per_degree},
    shape::{Ring, RingView, Shape},
};

/// Fewest points of a closed ring: three corners and the closing point.
const FEWEST: usize = 4;

/// Simplifies a shape so that no border moves by more than a tolerance (Douglas-Peucker). Rings that become too small to
/// have an inside are dropped, except the largest.
pub fn simplified(shape: &Shape, tolerance_m: f64) -> Option<Shape> {
    if tolerance_m <= 0.0 {
        return Some(shape.clone());
    }
    let mut rings: Vec<Ring> = Vec::new();
    let mut is_kept = false;
    for view in shape.rings() {
        let ring = ring(view, tolerance_m);
        // The holes of a dropped polygon are dropped too.
        is_kept = if view.is_outer { ring.is_some() } else { is_kept };
        rings.extend(ring.filter(|_| is_kept));
    }
    if rings.is_empty() {
        let largest =
            shape.rings().filter(|ring| ring.is_outer).max_by_key(|ring| ring.points.len())?;
        let points = largest.points.to_vec();
        rings.push(Ring { is_outer: true, points, anchors: largest.anchors.to_vec() });
    }
    Shape::new(rings)
}

fn ring(view: RingView<'_>, tolerance_m: f64) -> Option<Ring> {
    let corners = view.points.len().checked_sub(1)?;
    let mut stops: Vec<usize> =
        view.anchors.iter().filter_map(|anchor| usize::try_from(*anchor).ok()).collect();
    add_stops(view.points.get(..corners)?, &mut stops);
    let first = *stops.first()?;
    let after = stops.iter().skip(1).copied().chain([first + corners]);
    let mut points: Vec<Micro> = Vec::new();
    let mut anchors = Vec::new();
    for (from, to) in stops.iter().copied().zip(after) {
        let piece: Vec<Micro> =
            (from..=to).filter_map(|number| view.points.get(number % corners).copied()).collect();
        if view.anchors.iter().any(|anchor| usize::try_from(*anchor) == Ok(from)) {
            anchors.push(u32::try_from(points.len()).ok()?);
        }
        let piece = line(piece, tolerance_m);
        points.extend(piece.get(..piece.len().checked_sub(1)?)?);
    }
    points.push(*points.first()?);
    (points.len() >= FEWEST).then_some(Ring { is_outer: view.is_outer, points, anchors })
}

/// A ring with fewer than two anchors is cut at its anchor or its least point, and at the point farthest from there.
fn add_stops(corners: &[Micro], stops: &mut Vec<usize>) {
    if stops.len() > 1 {
        return;
    }
    let numbered = || corners.iter().copied().enumerate();
    let least = || numbered().min_by_key(|(_, at)| *at).map(|(number, _)| number);
    let Some(start) = stops.first().copied().or_else(least) else { return };
    let origin = corners.get(start).copied().unwrap_or_default();
    let far = |at: Micro| {
        let [x, y] = [at[0].abs_diff(origin[0]), at[1].abs_diff(origin[1])];
        u64::from(x).pow(2) + u64::from(y).pow(2)
    };
    let farthest = numbered().max_by_key(|(_, at)| (far(*at), *at)).map(|(number, _)| number);
    *stops = vec![start];
    stops.extend(farthest.filter(|farthest| *farthest != start));
    stops.sort_unstable();
}

/// Simplifies a piece of border between two points that are kept.
fn line(mut points: Vec<Micro>, tolerance_m: f64) -> Vec<Micro> {
    // Start at the lesser end and measure at its latitude, so that both sides of a border give the same result.
    let is_turned = points.last() < points.first()
        || (points.last() == points.first() && points.iter().rev().lt(points.iter()));
    if is_turned {
        points.reverse();
    }
    let latitude = points.first().map_or(0.0, |at| f64::from(at[1]) / MICRO);
    let [east, north] = metres_per_degree(latitude).map(|metres| metres / MICRO);
    let flat =
        points.iter().map(|at| Coord { x: f64::from(at[0]) * east, y: f64::from(at[1]) * north });
    let kept = LineString::new(flat.collect()).simplify_idx(tolerance_m);
    let mut kept: Vec<Micro> = kept.into_iter().filter_map(|at| points.get(at).copied()).collect();
    if is_turned {
        kept.reverse();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::simplified;
    use crate::geometry::{
        anchors,
        micro::Micro,
        shape::{Ring, Shape, edges},
    };

    /// A border that wriggles by a few metres between (0, 0) and (0, 1000 µ°·n).
    fn wriggle(points: i32) -> Vec<Micro> {
        (0..=points).map(|step| [(step * 7919) % 61, step * 1_000]).collect()
    }

    fn neighbours() -> Vec<Shape> {
        let border = wriggle(50);
        let far = |x: i32| vec![[x, 50_000], [x, 0]];
        let west: Vec<Micro> = [border.clone(), far(-40_000)].concat();
        let east: Vec<Micro> = [border.into_iter().rev().collect(), far(40_000)].concat();
        let east: Vec<Micro> = east.into_iter().rev().collect();
        let close = |mut points: Vec<Micro>| {
            points.rotate_left(7);
            points.push(points[0]);
            Ring { is_outer: true, points, anchors: vec![] }
        };
        let mut rings = vec![close(west), close(east)];
        anchors::mark(rings.iter_mut());
        rings.into_iter().filter_map(|ring| Shape::new(vec![ring])).collect()
    }

    #[test]
    fn a_simplified_border_is_the_same_from_both_sides() {
        for tolerance_m in [1.0, 3.0, 5.0, 50.0] {
            let sides: Vec<Shape> =
                neighbours().iter().map(|shape| simplified(shape, tolerance_m).unwrap()).collect();
            let of = |shape: &Shape| -> std::collections::BTreeSet<[Micro; 2]> {
                let edges = shape.rings().flat_map(|ring| edges(ring.points).collect::<Vec<_>>());
                edges
                    .map(|[one, other]| [one.min(other), one.max(other)])
                    .filter(|edge| edge.iter().all(|at| at[0].abs() < 100))
                    .collect()
            };
            assert!(sides[0].vertices() < 56, "{tolerance_m}");
            assert_eq!(of(&sides[0]), of(&sides[1]), "{tolerance_m}");
            assert!(!of(&sides[0]).is_empty());
        }
    }

    #[test]
    fn an_island_smaller_than_the_tolerance_goes_unless_it_is_all_there_is() {
        let square = |west: i32, size: i32| Ring {
            is_outer: true,
            points: vec![[west, 0], [west + size, 0], [west + size, size], [west, size], [west, 0]],
            anchors: vec![],
        };
        let both = Shape::new(vec![square(0, 100_000), square(200_000, 100)]).unwrap();
        assert_eq!(simplified(&both, 100.0).unwrap().rings().count(), 1);
        let small = Shape::new(vec![square(0, 100)]).unwrap();
        assert_eq!(simplified(&small, 100.0).unwrap().vertices(), 5);
    }
}
