//! From the national grids to WGS84 degrees. Owns the two transformations, nothing else.
//!
//! Great Britain: OSGB36 to WGS84 by the seven parameters of EPSG 1314, good to about 3 m (the
//! OSTN15 grid would be good to 0.1 m; a postcode's point stands for a street). Northern Ireland:
//! TM75 to ETRS89 by EPSG 1641, good to about 1 m.

use anyhow::Context;
use geodesy::prelude::{Context as _, Coor4D, Direction, Minimal, OpHandle};

const BRITISH: &str = "tmerc inv lat_0=49 lon_0=-2 k_0=0.9996012717 x_0=400000 y_0=-100000 ellps=airy \
    | cart ellps=airy \
    | helmert convention=position_vector x=446.448 y=-125.157 z=542.06 rx=0.15 ry=0.247 rz=0.842 s=-20.489 \
    | cart inv ellps=WGS84";
const IRISH: &str = "tmerc inv lat_0=53.5 lon_0=-8 k_0=1.000035 x_0=200000 y_0=250000 ellps=mod_airy \
    | cart ellps=mod_airy \
    | helmert convention=position_vector x=482.5 y=-130.6 z=564.6 rx=-1.042 ry=-0.214 rz=-0.631 s=8.15 \
    | cart inv ellps=WGS84";

/// Which national grid a pair of coordinates belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    British,
    Irish,
}

/// Both transformations, ready to use; make it once per import.
pub struct Transformer {
    context: Minimal,
    british: OpHandle,
    irish: OpHandle,
}

impl Transformer {
    pub fn new() -> anyhow::Result<Self> {
        let mut context = Minimal::new();
        let british = context.op(BRITISH).context("failed to set up the British grid")?;
        let irish = context.op(IRISH).context("failed to set up the Irish grid")?;
        Ok(Self { context, british, irish })
    }

    /// Easting and northing in metres to longitude and latitude in degrees; none outside the grid.
    pub fn degrees(&self, grid: Grid, easting_m: u32, northing_m: u32) -> Option<(f64, f64)> {
        let operation = match grid {
            Grid::British => self.british,
            Grid::Irish => self.irish,
        };
        let mut point = [Coor4D::raw(f64::from(easting_m), f64::from(northing_m), 0.0, 0.0)];
        self.context.apply(operation, Direction::Fwd, &mut point).ok()?;
        let [Coor4D([longitude, latitude, ..])] = point;
        let degrees = (longitude.to_degrees(), latitude.to_degrees());
        (degrees.0.is_finite() && degrees.1.is_finite()).then_some(degrees)
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Transformer};

    fn assert_near(found: Option<(f64, f64)>, longitude: f64, latitude: f64, tolerance: f64) {
        let found = found.unwrap();
        assert!((found.0 - longitude).abs() < tolerance, "longitude {}", found.0);
        assert!((found.1 - latitude).abs() < tolerance, "latitude {}", found.1);
    }

    #[test]
    fn british_positions_equal_the_published_seven_parameter_ones() {
        let transformer = Transformer::new().unwrap();
        // The directory's own figures for AB10 1AB and SE1P 5ZZ, August 2025.
        assert_near(
            transformer.degrees(Grid::British, 394_235, 806_529),
            -2.096_916,
            57.149_606,
            2e-6,
        );
        assert_near(
            transformer.degrees(Grid::British, 533_378, 178_838),
            -0.080_152,
            51.492_762,
            2e-6,
        );
    }

    #[test]
    fn belfast_lies_where_belfast_lies() {
        let transformer = Transformer::new().unwrap();
        // BT1 1AA, in the middle of Belfast.
        assert_near(transformer.degrees(Grid::Irish, 334_316, 374_675), -5.92, 54.602, 0.005);
    }
}
