//! Finds drawn shapes whose lines cross, touch or overlap, so that their inside is ambiguous.

use super::{
    edge::{Edge, turn},
    micro::{MICRO, Micro},
    shape::{Ring, edges},
};

/// Whether edges that are not adjacent meet, or an edge runs back along the previous one.
pub(crate) fn is_in(rings: &[Ring]) -> bool {
    let numbered = rings.iter().enumerate().flat_map(|(ring, of)| {
        let count = of.points.len() - 1;
        let edges = edges(&of.points).map(|[from, to]| Edge { from, to }).enumerate();
        edges.map(move |(number, edge)| (ring, number, count, edge))
    });
    let mut all: Vec<_> = numbered.collect();
    let low = |edge: &Edge| edge.from[1].min(edge.to[1]);
    let high = |edge: &Edge| edge.from[1].max(edge.to[1]);
    all.sort_by_key(|(.., edge)| low(edge));
    all.iter().enumerate().any(|(place, (ring, number, count, edge))| {
        let beside = all.iter().skip(place + 1).take_while(|(.., other)| low(other) <= high(edge));
        beside.into_iter().any(|(other_ring, other_number, _, other)| {
            let is_next = |one: usize, other: usize| (one + 1) % count == other;
            if ring == other_ring && is_next(*number, *other_number) {
                return runs_back(edge, other);
            }
            if ring == other_ring && is_next(*other_number, *number) {
                return runs_back(other, edge);
            }
            edge.meets(other)
        })
    })
}

/// Whether an edge runs back along the previous one.
fn runs_back(edge: &Edge, next: &Edge) -> bool {
    let direction = |from: Micro, to: Micro| {
        [0, 1].map(|axis: usize| {
            let of = |at: Micro| if axis == 0 { at[0] } else { at[1] };
            f64::from(of(to)) / MICRO - f64::from(of(from)) / MICRO
        })
    };
    let ([x1, y1], [x2, y2]) = (direction(edge.from, edge.to), direction(next.from, next.to));
    turn(edge.from, edge.to, next.to) == 0 && x1 * x2 + y1 * y2 < 0.0
}
