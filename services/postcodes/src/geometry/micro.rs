//! Degrees as whole millionths, so that geometry on them is exact.

use super::position::Position;

/// Millionths of a degree in a degree.
pub const MICRO: f64 = 1e6;
/// Metres in a degree of latitude.
const METRES_PER_DEGREE: f64 = 111_195.0;

/// 180 degrees in millionths of a degree, added so that no stored value is negative.
const HALF_TURN: f64 = 180e6;

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

/// Degrees as millionths above -180; none if out of range.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be between 0 and 360 million; std has no fallible conversion"
)]
pub(crate) fn pack_degrees(degrees: f64) -> Option<u32> {
    let packed = (degrees * 1e6).round() + HALF_TURN;
    (0.0..=2.0 * HALF_TURN).contains(&packed).then_some(packed as u32)
}

/// Degrees from their packed form.
pub(crate) fn unpack_degrees(packed: u32) -> f64 {
    (f64::from(packed) - HALF_TURN) / 1e6
}
