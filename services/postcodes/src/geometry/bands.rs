//! A scanline index: the edges of a shape by latitude, so that a point is compared with a few edges however long the boundary.

use std::ops::RangeInclusive;

use super::{bounds::Bounds, micro::Micro};
use crate::groups::Groups;

/// Edges in bands of equal height, from south to north. An edge is identified by the number of its first point.
#[derive(Clone, Debug)]
pub(super) struct Bands {
    south: i32,
    /// Millionths of a degree, at least 1.
    height: i64,
    edges: Groups,
}

impl Bands {
    /// Bands about twice as high as the average edge, so that most edges are in one or two of them.
    pub(super) fn new(
        bounds: Bounds,
        edges: impl Iterator<Item = (u32, [Micro; 2])> + Clone,
    ) -> Self {
        let south = bounds.low[1];
        let tall = i64::from(bounds.high[1]) - i64::from(south) + 1;
        let (count, climbed) = edges.clone().fold((1_i64, 0_i64), |(count, climbed), (_, edge)| {
            (count + 1, climbed + i64::from(edge[0][1].abs_diff(edge[1][1])))
        });
        let height = (2 * climbed / count).max(tall / count + 1).min(tall);
        let number = |latitude: i32| number(south, height, latitude);
        let banded = edges.flat_map(|(edge, [from, to])| {
            let bands = number(from[1].min(to[1]))..=number(from[1].max(to[1]));
            bands.map(move |band| (band, edge))
        });
        Self { south, height, edges: Groups::new(number(bounds.high[1]) + 1, banded) }
    }

    /// The edges that may cross a latitude.
    pub(super) fn at(&self, latitude: i32) -> &[u32] {
        let band = number(self.south, self.height, latitude);
        self.within(band..=band)
    }

    /// The edges that may lie between two latitudes, in millionths of a degree; an edge may appear twice.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a float out of range saturates, beyond the last band"
    )]
    pub(super) fn between(&self, south: f64, north: f64) -> &[u32] {
        let band = |latitude: f64| number(self.south, self.height, latitude as i32);
        self.within(band(south.floor())..=band(north.ceil()))
    }

    fn within(&self, bands: RangeInclusive<usize>) -> &[u32] {
        let count = self.edges.count();
        self.edges.get((*bands.start()).min(count)..(bands.end() + 1).min(count))
    }
}

/// The number of the band of a latitude; 0 south of all.
fn number(south: i32, height: i64, latitude: i32) -> usize {
    usize::try_from((i64::from(latitude) - i64::from(south)) / height).unwrap_or(0)
}
