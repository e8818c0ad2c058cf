//! Edges: which side a point is on, computed exactly, and its distance.

use super::micro::Micro;

/// A straight line between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: Micro,
    pub(super) to: Micro,
}

impl Edge {
    /// Whether it crosses the parallel of a point to the east of the point.
    pub(super) fn is_east_of(&self, at: Micro) -> bool {
        let (from_above, to_above) = (self.from[1] > at[1], self.to[1] > at[1]);
        if from_above == to_above {
            return false;
        }
        let turn = turn(self.from, self.to, at);
        if to_above { turn > 0 } else { turn < 0 }
    }

    /// Distance from a point in millionths of a degree, after scaling both axes.
    pub(super) fn distance(&self, from: [f64; 2], scale: [f64; 2]) -> f64 {
        let flat = |at: Micro| {
            [(f64::from(at[0]) - from[0]) * scale[0], (f64::from(at[1]) - from[1]) * scale[1]]
        };
        let [one, other] = [flat(self.from), flat(self.to)];
        let along = [other[0] - one[0], other[1] - one[1]];
        let length = along[0] * along[0] + along[1] * along[1];
        let share = if length > 0.0 {
            (-(one[0] * along[0] + one[1] * along[1]) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (one[0] + share * along[0]).hypot(one[1] + share * along[1])
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        let sides = |edge: &Self, of: &Self| {
            [of.from, of.to].map(|at| turn(edge.from, edge.to, at).signum())
        };
        let [a, b] = sides(self, other);
        let [c, d] = sides(other, self);
        if a != b && c != d {
            return true;
        }
        (a == 0 && self.spans(other.from))
            || (b == 0 && self.spans(other.to))
            || (c == 0 && other.spans(self.from))
            || (d == 0 && other.spans(self.to))
    }

    fn spans(&self, at: Micro) -> bool {
        let within =
            |one: i32, other: i32, at: i32| (one.min(other)..=one.max(other)).contains(&at);
        within(self.from[0], self.to[0], at[0]) && within(self.from[1], self.to[1], at[1])
    }
}

/// Which way the line from one point to another turns to reach a third: positive to the left, zero straight on. Exact: the
/// products of differences of millionths of a degree fit 64 bits.
pub(super) fn turn(from: Micro, to: Micro, at: Micro) -> i64 {
    let difference = |one: i32, other: i32| i64::from(one) - i64::from(other);
    difference(to[0], from[0]) * difference(at[1], from[1])
        - difference(at[0], from[0]) * difference(to[1], from[1])
}

#[cfg(test)]
mod tests {
    use super::Edge;

    #[test]
    fn edges_meet_where_they_cross_touch_or_overlap() {
        let edge = |from, to| Edge { from, to };
        let base = edge([0, 0], [10, 10]);
        for (other, meets) in [
            (edge([0, 10], [10, 0]), true),
            (edge([10, 10], [20, 0]), true),
            (edge([5, 5], [20, 0]), true),
            (edge([5, 5], [15, 15]), true),
            (edge([11, 11], [15, 15]), false),
            (edge([0, 1], [10, 11]), false),
            (edge([6, 5], [20, 0]), false),
        ] {
            assert_eq!(base.meets(&other), meets, "{other:?}");
            assert_eq!(other.meets(&base), meets, "{other:?}");
        }
    }
}
