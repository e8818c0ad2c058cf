//! A scanline index: the edges of a shape by latitude, so that a point is compared with a few edges however long the boundary.

use super::{bounds::Bounds, micro::Micro};

/// Edges in bands of equal height, from south to north. An edge is identified by the number of its first point.
#[derive(Clone, Debug)]
pub(super) struct Bands {
    south: i32,
    /// Millionths of a degree, at least 1.
    height: i64,
    /// Start of each band in `edges`, and the end of the last.
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl Bands {
    /// Bands about twice as high as the average edge, so that most edges are in one or two of them.
    pub(super) fn new(
        bounds: Bounds,
        edges: impl Iterator<Item = (u32, [Micro; 2])> + Clone,
    ) -> Self {
        let tall = i64::from(bounds.high[1]) - i64::from(bounds.low[1]) + 1;
        let (count, climbed) = edges.clone().fold((1_i64, 0_i64), |(count, climbed), (_, edge)| {
            (count + 1, climbed + i64::from(edge[0][1].abs_diff(edge[1][1])))
        });
        let height = (2 * climbed / count).max(tall / count + 1).min(tall);
        let mut bands = Self { south: bounds.low[1], height, starts: vec![], edges: vec![] };
        // A counting sort: the size of each band, then its start, then the edges.
        let mut starts = vec![0_u32; bands.number(bounds.high[1]) + 2];
        for (_, edge) in edges.clone() {
            for count in
                starts.iter_mut().skip(1).take(bands.last(edge) + 1).skip(bands.first(edge))
            {
                *count += 1;
            }
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        bands.edges = vec![0; usize::try_from(before).unwrap_or(0)];
        let mut next = starts.clone();
        for (number, edge) in edges {
            for place in next.iter_mut().take(bands.last(edge) + 1).skip(bands.first(edge)) {
                let slot = usize::try_from(*place).ok().and_then(|at| bands.edges.get_mut(at));
                if let Some(slot) = slot {
                    *slot = number;
                }
                *place += 1;
            }
        }
        bands.starts = starts;
        bands
    }

    /// The edges that may cross a latitude.
    pub(super) fn at(&self, latitude: i32) -> &[u32] {
        self.range(self.number(latitude), self.number(latitude))
    }

    /// The edges that may lie between two latitudes, in millionths of a degree; an edge may appear twice.
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a float out of range saturates, beyond the last band"
    )]
    pub(super) fn between(&self, south: f64, north: f64) -> &[u32] {
        let [first, last] =
            [south.floor(), north.ceil()].map(|latitude| self.number(latitude as i32));
        self.range(first, last)
    }

    fn range(&self, first: usize, last: usize) -> &[u32] {
        let end = self.starts.len().saturating_sub(1);
        let start = |band: usize| usize::try_from(*self.starts.get(band.min(end))?).ok();
        let (from, to) = (start(first), start(last + 1));
        from.zip(to).and_then(|(from, to)| self.edges.get(from..to)).unwrap_or_default()
    }

    fn first(&self, edge: [Micro; 2]) -> usize {
        self.number(edge[0][1].min(edge[1][1]))
    }

    fn last(&self, edge: [Micro; 2]) -> usize {
        self.number(edge[0][1].max(edge[1][1]))
    }

    fn number(&self, latitude: i32) -> usize {
        let above = i64::from(latitude) - i64::from(self.south);
        usize::try_from(above / self.height).unwrap_or(0)
    }
}
