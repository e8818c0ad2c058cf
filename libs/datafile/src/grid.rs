//! Converts coordinates of the two national grids to WGS84 degrees.
//!
//! Great Britain: OSGB36 to ETRS89 by OSTN15, the definition of the British grid, which the ONS uses since
//! November 2025. Northern Ireland: TM75 to ETRS89 by EPSG 1641, good to about 1 m.

use anyhow::Context;
use geodesy::prelude::{Context as _, Coor4D, Direction, Minimal, OpHandle};

/// The projection of the British grid on the ellipsoid of ETRS89; what is left is OSTN15's shift.
const BRITISH: &str =
    "tmerc inv lat_0=49 lon_0=-2 k_0=0.9996012717 x_0=400000 y_0=-100000 ellps=GRS80";
const IRISH: &str = "tmerc inv lat_0=53.5 lon_0=-8 k_0=1.000035 x_0=200000 y_0=250000 ellps=mod_airy \
    | cart ellps=mod_airy \
    | helmert convention=position_vector x=482.5 y=-130.6 z=564.6 rx=-1.042 ry=-0.214 rz=-0.631 s=8.15 \
    | cart inv ellps=WGS84";
/// Spacing of the points of OSTN15, metres.
const CELL_M: f64 = 1000.0;
/// Points of OSTN15 in a row from west to east.
const POINTS_IN_ROW: i32 = 701;
/// Rows of OSTN15 from south to north.
const ROWS: i32 = 1251;
/// The shift depends on the position in ETRS89, which is known only after applying it, so it is computed iteratively. It
/// changes by less than a millimetre per metre, so this many steps are plenty.
const STEPS: usize = 4;

/// Which national grid a pair of coordinates belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    British,
    Irish,
}

/// Both transformations. Expensive to create: make one per import.
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
    pub fn degrees(
        &self,
        grid: Grid,
        easting_m: impl Into<f64>,
        northing_m: impl Into<f64>,
    ) -> Option<(f64, f64)> {
        let (easting_m, northing_m) = (easting_m.into(), northing_m.into());
        let (operation, (east, north)) = match grid {
            Grid::British => (self.british, etrs89(easting_m, northing_m)?),
            Grid::Irish => (self.irish, (easting_m, northing_m)),
        };
        let mut point = [Coor4D::raw(east, north, 0.0, 0.0)];
        self.context.apply(operation, Direction::Fwd, &mut point).ok()?;
        let [Coor4D([longitude, latitude, ..])] = point;
        let degrees = (longitude.to_degrees(), latitude.to_degrees());
        (degrees.0.is_finite() && degrees.1.is_finite()).then_some(degrees)
    }
}

/// Coordinates of the British grid as projected coordinates of ETRS89.
fn etrs89(easting: f64, northing: f64) -> Option<(f64, f64)> {
    let (mut east, mut north) = (easting, northing);
    for _ in 0..STEPS {
        let shift = shift(east, north)?;
        (east, north) = (easting - shift.0, northing - shift.1);
    }
    Some((east, north))
}

/// The shift of OSTN15 at a position: bilinear interpolation between the four points around it, as in the Ordnance Survey's
/// transformation guide.
fn shift(east: f64, north: f64) -> Option<(f64, f64)> {
    let (column, row) = (cell(east, POINTS_IN_ROW)?, cell(north, ROWS)?);
    let point =
        |column: i32, row: i32| ostn15_phf::ostn15_lookup(&(column + row * POINTS_IN_ROW + 1));
    let (t, u) = (east / CELL_M - f64::from(column), north / CELL_M - f64::from(row));
    let corners = [
        (point(column, row)?, (1.0 - t) * (1.0 - u)),
        (point(column + 1, row)?, t * (1.0 - u)),
        (point(column, row + 1)?, (1.0 - t) * u),
        (point(column + 1, row + 1)?, t * u),
    ];
    Some(corners.iter().fold((0.0, 0.0), |sum, ((east, north, _), weight)| {
        (sum.0 + east * weight, sum.1 + north * weight)
    }))
}

/// Number of the cell of a coordinate; none outside the rectangle of OSTN15.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "checked to be on the grid; std has no fallible conversion"
)]
fn cell(metres: f64, points: i32) -> Option<i32> {
    let cell = (metres / CELL_M).floor();
    (0.0..f64::from(points - 1)).contains(&cell).then_some(cell as i32)
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
    fn british_positions_equal_the_published_ones_to_the_sixth_decimal() {
        let transformer = Transformer::new().unwrap();
        // The directory's own figures for AB1 0AA and SE1P 5ZZ, November 2025.
        let british = |east: u32, north: u32| transformer.degrees(Grid::British, east, north);
        assert_near(british(385_386, 801_193), -2.242_858, 57.101_459, 5.1e-7);
        assert_near(british(533_378, 178_838), -0.080_126, 51.492_763, 5.1e-7);
    }

    #[test]
    fn the_ordnance_surveys_own_example_comes_out() {
        // Caister water tower, in the transformation guide: 52° 39' 28.8282" N, 1° 42' 57.8663" E.
        let transformer = Transformer::new().unwrap();
        let found = transformer.degrees(Grid::British, 651_409.804, 313_177.450);
        assert_near(found, 1.716_073_973, 52.658_007_833, 1e-8);
    }

    #[test]
    fn outside_the_grid_there_are_no_degrees() {
        let transformer = Transformer::new().unwrap();
        for (east, north) in
            [(700_000.0, 100_000.0), (-1.0, 5.0), (5.0, 1_250_000.0), (f64::NAN, 5.0)]
        {
            assert_eq!(transformer.degrees(Grid::British, east, north), None);
        }
    }

    #[test]
    fn a_position_in_belfast_is_converted() {
        let transformer = Transformer::new().unwrap();
        // BT1 1AA, in the middle of Belfast.
        assert_near(transformer.degrees(Grid::Irish, 334_316, 374_675), -5.92, 54.602, 0.005);
    }
}
