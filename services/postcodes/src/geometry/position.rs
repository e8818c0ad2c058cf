//! Where something is: in degrees, or in metres on a national grid.

/// A position, in metres on the postcode's national grid (Irish for area BT, else British).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridPosition {
    pub easting_m: u32,
    pub northing_m: u32,
}

/// A position in WGS84 degrees, exact to the sixth decimal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    pub longitude: f64,
    pub latitude: f64,
}
