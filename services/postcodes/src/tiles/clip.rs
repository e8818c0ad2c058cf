//! Clips rings at the sides of a tile (Sutherland-Hodgman): parts outside are drawn along the sides.

use crate::geometry::tile::{BUFFER, EXTENT};

/// A point in units of a tile.
pub(super) type Unit = [i32; 2];

/// A side of the drawn box: its axis, its coordinate, and whether the box is above it.
const SIDES: [(bool, i32, bool); 4] = [
    (true, -BUFFER, true),
    (true, EXTENT + BUFFER, false),
    (false, -BUFFER, true),
    (false, EXTENT + BUFFER, false),
];

/// The visible part of a ring, without its closing point; empty if there is none.
pub(super) fn ring(points: impl Iterator<Item = Unit>) -> Vec<Unit> {
    let mut points: Vec<Unit> = points.collect();
    tidy(&mut points);
    for (is_x, at, is_above) in SIDES {
        let place = |point: Unit| if is_x { point[0] } else { point[1] };
        let is_in = |point: Unit| if is_above { place(point) >= at } else { place(point) <= at };
        if points.iter().all(|point| is_in(*point)) {
            continue;
        }
        let before = points.last().into_iter().chain(&points);
        let mut kept = Vec::with_capacity(points.len());
        for (before, point) in before.zip(&points) {
            if is_in(*before) != is_in(*point) {
                kept.push(crossing(*before, *point, is_x, at));
            }
            if is_in(*point) {
                kept.push(*point);
            }
        }
        points = kept;
    }
    tidy(&mut points);
    points
}

/// Twice the area, positive for a ring that is clockwise on the screen, where y points down.
pub(super) fn twice_area(points: &[Unit]) -> i64 {
    let after = points.iter().skip(1).chain(points.first());
    let cross = |one: &Unit, other: &Unit| {
        i64::from(one[0]) * i64::from(other[1]) - i64::from(other[0]) * i64::from(one[1])
    };
    points.iter().zip(after).map(|(one, other)| cross(one, other)).sum()
}

/// Removes repeated points and the closing point.
fn tidy(points: &mut Vec<Unit>) {
    points.dedup();
    while points.len() > 1 && points.first() == points.last() {
        points.pop();
    }
}

fn crossing(one: Unit, other: Unit, is_x: bool, at: i32) -> Unit {
    let along = |from: i32, to: i32, share: (i64, i64)| {
        let way = (i64::from(to) - i64::from(from)) * share.0;
        let step = way / share.1.max(1);
        i32::try_from(i64::from(from) + step).unwrap_or(from)
    };
    let share = |from: i32, to: i32| {
        let (way, whole) = (i64::from(at) - i64::from(from), i64::from(to) - i64::from(from));
        (way.abs(), whole.abs())
    };
    if is_x {
        [at, along(one[1], other[1], share(one[0], other[0]))]
    } else {
        [along(one[0], other[0], share(one[1], other[1])), at]
    }
}

#[cfg(test)]
mod tests {
    use super::{BUFFER, EXTENT, ring, twice_area};

    #[test]
    fn a_ring_around_the_tile_becomes_its_sides() {
        let far = 1_000_000;
        let around = ring([[-far, -far], [far, -far], [far, far], [-far, far]].into_iter());
        let side = i64::from(EXTENT + 2 * BUFFER);
        assert_eq!(twice_area(&around), 2 * side * side);
    }

    #[test]
    fn a_ring_elsewhere_is_nothing_and_one_inside_stays() {
        assert_eq!(ring([[9_000, 0], [9_100, 0], [9_100, 100]].into_iter()), [[0; 2]; 0]);
        let inside = [[0, 0], [100, 0], [100, 0], [100, 100], [0, 0]];
        assert_eq!(ring(inside.into_iter()), [[0, 0], [100, 0], [100, 100]]);
    }

    #[test]
    fn a_side_cuts_where_the_line_crosses_it() {
        let west = -BUFFER;
        let cut = ring([[west - 100, 0], [west + 100, 0], [west + 100, 200]].into_iter());
        assert_eq!(cut, [[west, 100], [west, 0], [west + 100, 0], [west + 100, 200]]);
    }
}
