//! From the British grid to WGS84 degrees, by the seven parameters of EPSG 1314: good to about 3 m, and the point of a
//! place stands for a whole settlement.

use anyhow::Context as _;
use geodesy::prelude::{Context as _, Coor4D, Direction, Minimal, OpHandle};

const BRITISH: &str = "tmerc inv lat_0=49 lon_0=-2 k_0=0.9996012717 x_0=400000 y_0=-100000 ellps=airy \
    | cart ellps=airy \
    | helmert convention=position_vector x=446.448 y=-125.157 z=542.06 rx=0.15 ry=0.247 rz=0.842 s=-20.489 \
    | cart inv ellps=WGS84";
/// East and north of the grid, metres.
const EAST_M: f64 = 700_000.0;
const NORTH_M: f64 = 1_300_000.0;

/// The transformation, ready to use.
pub(super) struct BritishGrid {
    context: Minimal,
    operation: OpHandle,
}

impl BritishGrid {
    pub(super) fn new() -> anyhow::Result<Self> {
        let mut context = Minimal::new();
        let operation = context.op(BRITISH).context("failed to set up the British grid")?;
        Ok(Self { context, operation })
    }

    /// Longitude and latitude in degrees, to the seventh decimal; none outside the grid.
    pub(super) fn degrees(&self, easting_m: f64, northing_m: f64) -> Option<(f64, f64)> {
        let inside = (0.0..=EAST_M).contains(&easting_m) && (0.0..=NORTH_M).contains(&northing_m);
        if !inside {
            return None;
        }
        let mut point = [Coor4D::raw(easting_m, northing_m, 0.0, 0.0)];
        self.context.apply(self.operation, Direction::Fwd, &mut point).ok()?;
        let [Coor4D([longitude, latitude, ..])] = point;
        let degrees = [longitude, latitude].map(|it| (it.to_degrees() * 1e7).round() / 1e7);
        let [longitude, latitude] = degrees;
        (longitude.is_finite() && latitude.is_finite()).then_some((longitude, latitude))
    }
}
