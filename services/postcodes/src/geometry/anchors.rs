//! Anchors: the points of a layer where borders meet. Simplification must keep them, so that neighbours still share a border.

use std::collections::HashMap;

use super::{micro::Micro, shape::Ring};

/// The lines through a point, over all rings that contain it: one line has the same two adjacent points on every ring.
#[derive(Clone, Copy)]
enum Lines {
    One([Micro; 2]),
    Many,
}

/// Marks the anchors of all rings of a layer.
///
/// A point is an anchor when more than one line passes through it: three areas meet there, or a shared border begins or
/// ends. Between two anchors a border is the same on both sides, point by point.
pub(crate) fn mark<'a>(rings: impl Iterator<Item = &'a mut Ring>) {
    let mut rings: Vec<&mut Ring> = rings.collect();
    let points = rings.iter().map(|ring| ring.points.len()).sum();
    let mut lines: HashMap<Micro, Lines> = HashMap::with_capacity(points);
    for ring in &rings {
        for (before, at, after) in corners(&ring.points) {
            let own = [before.min(after), before.max(after)];
            let known = lines.entry(at).or_insert(Lines::One(own));
            if !matches!(known, Lines::One(line) if *line == own) {
                *known = Lines::Many;
            }
        }
    }
    for ring in &mut rings {
        let is_anchor = |at: &Micro| matches!(lines.get(at), Some(Lines::Many));
        let corners = ring.points.len().saturating_sub(1);
        let numbered = (0..).zip(ring.points.iter().take(corners));
        ring.anchors = numbered.filter(|(_, at)| is_anchor(at)).map(|(number, _)| number).collect();
    }
}

/// Each point of a closed ring with the points before and after it, without the closing point.
fn corners(points: &[Micro]) -> impl Iterator<Item = (Micro, Micro, Micro)> {
    let open = points.split_last().map_or(points, |(_, open)| open);
    let before = open.last().into_iter().chain(open);
    let after = open.iter().skip(1).chain(open.first());
    before.zip(open).zip(after).map(|((before, at), after)| (*before, *at, *after))
}

#[cfg(test)]
mod tests {
    use super::{Ring, mark};

    #[test]
    fn anchors_are_where_borders_begin_and_end() {
        let ring = |points: &[[i32; 2]]| Ring {
            is_outer: true,
            points: [points, &[points[0]]].concat(),
            anchors: vec![],
        };
        // Two squares side by side, whose border has a point in its middle, and an island.
        let mut rings = [
            ring(&[[0, 0], [10, 0], [12, 5], [10, 10], [0, 10]]),
            ring(&[[10, 0], [20, 0], [20, 10], [10, 10], [12, 5]]),
            ring(&[[50, 0], [60, 0], [60, 10]]),
        ];
        mark(rings.iter_mut());
        assert_eq!(rings[0].anchors, [1, 3]);
        assert_eq!(rings[1].anchors, [0, 3]);
        assert_eq!(rings[2].anchors, [0_u32; 0]);
    }
}
