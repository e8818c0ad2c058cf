//! Degrees as whole millionths, so that geometry on them is exact.

use super::position::Position;

/// Millionths of a degree in a degree.
pub const MICRO: f64 = 1e6;
/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.0;

/// Longitude and latitude in millionths of a degree.
pub type Micro = [i32; 2];

/// A position in millionths of a degree.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "degrees are at most 180; a float out of range saturates, and std has no fallible conversion"
)]
pub fn micro(at: Position) -> Micro {
    [(at.longitude * MICRO).round() as i32, (at.latitude * MICRO).round() as i32]
}

/// Metres in a degree of longitude and of latitude at a latitude.
pub fn metres_per_degree(latitude: f64) -> [f64; 2] {
    [METRES_PER_DEGREE * latitude.to_radians().cos(), METRES_PER_DEGREE]
}
