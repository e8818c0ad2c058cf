//! Bounding boxes.

use super::{
    micro::{MICRO, Micro},
    position::Position,
};

/// The bounding box of a shape, in millionths of a degree, borders included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub low: Micro,
    pub high: Micro,
}

impl Bounds {
    /// The bounding box of points; none without points.
    pub fn around(points: impl IntoIterator<Item = Micro>) -> Option<Self> {
        points.into_iter().fold(None, |bounds: Option<Self>, point| {
            let Some(Self { low, high }) = bounds else {
                return Some(Self { low: point, high: point });
            };
            Some(Self {
                low: [low[0].min(point[0]), low[1].min(point[1])],
                high: [high[0].max(point[0]), high[1].max(point[1])],
            })
        })
    }

    pub fn contains(&self, at: Micro) -> bool {
        (self.low[0]..=self.high[0]).contains(&at[0])
            && (self.low[1]..=self.high[1]).contains(&at[1])
    }

    pub fn touches(&self, other: &Self) -> bool {
        self.low[0] <= other.high[0]
            && other.low[0] <= self.high[0]
            && self.low[1] <= other.high[1]
            && other.low[1] <= self.high[1]
    }

    /// West, south, east, north in degrees.
    pub fn degrees(&self) -> [f64; 4] {
        [self.low[0], self.low[1], self.high[0], self.high[1]].map(|at| f64::from(at) / MICRO)
    }

    /// The middle, in degrees.
    pub fn middle(&self) -> Position {
        let [west, south, east, north] = self.degrees();
        Position { longitude: f64::midpoint(west, east), latitude: f64::midpoint(south, north) }
    }
}
