//! Degrees as integers, exact to the sixth decimal.

/// 180 degrees in millionths of a degree, added so that no stored value is negative.
const HALF_TURN: f64 = 180e6;

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
