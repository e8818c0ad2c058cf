//! Distances on the sphere, as postcodes.io measures them since version 19.

use super::position::Position;

/// Mean radius of the Earth in metres, as used by `PostGIS` for its sphere.
const EARTH_M: f64 = 6_371_008.771;

/// Great-circle distance in metres.
pub(crate) fn distance_m(one: Position, other: Position) -> f64 {
    let (one_lat, other_lat) = (one.latitude.to_radians(), other.latitude.to_radians());
    let half_lat = ((other_lat - one_lat) / 2.0).sin();
    let half_lon = ((other.longitude - one.longitude).to_radians() / 2.0).sin();
    let chord = half_lat * half_lat + one_lat.cos() * other_lat.cos() * half_lon * half_lon;
    2.0 * EARTH_M * chord.sqrt().min(1.0).asin()
}

/// Estimates distances from one position with a few multiplications, to select those worth measuring exactly.
pub(crate) struct Estimate {
    at: Position,
    sin_latitude: f64,
    cos_latitude: f64,
}

impl Estimate {
    /// Largest distance for which an estimate is valid, metres.
    pub(crate) const FARTHEST_M: f64 = 20_000.0;
    /// Largest relative error of an estimate. At 20 km the neglected terms are below a hundred thousandth up to latitude 80
    /// (see the test).
    pub(crate) const ERROR: f64 = 1e-4;

    pub(crate) fn from(at: Position) -> Self {
        let (sin_latitude, cos_latitude) = at.latitude.to_radians().sin_cos();
        Self { at, sin_latitude, cos_latitude }
    }

    /// The square of the distance in metres, on a plane that touches the sphere halfway.
    pub(crate) fn squared(&self, other: Position) -> f64 {
        let north = (other.latitude - self.at.latitude).to_radians();
        let east = (other.longitude - self.at.longitude).to_radians();
        // The cosine of the latitude halfway, by the first terms of its series.
        let half = north / 2.0;
        let cos = self.cos_latitude * (1.0 - half * half / 2.0) - self.sin_latitude * half;
        EARTH_M * EARTH_M * (north * north + east * east * cos * cos)
    }
}

/// Degrees of latitude in metres.
pub(crate) fn north_m(degrees: f64) -> f64 {
    EARTH_M * degrees.to_radians()
}

/// The box `[west, south, east, north]` in degrees that contains everything within a distance.
pub(crate) fn box_around(at: Position, radius_m: f64) -> [f64; 4] {
    let latitude = (radius_m / EARTH_M).to_degrees();
    // Meridians are closest together at the end of the circle that is nearer to the pole.
    let narrowest = (at.latitude.abs() + latitude).min(89.9).to_radians().cos();
    let longitude = latitude / narrowest;
    [
        at.longitude - longitude,
        at.latitude - latitude,
        at.longitude + longitude,
        at.latitude + latitude,
    ]
}

#[cfg(test)]
mod tests {
    use super::{Estimate, box_around, distance_m};
    use crate::geometry::position::Position;

    fn at(longitude: f64, latitude: f64) -> Position {
        Position { longitude, latitude }
    }

    #[test]
    fn a_degree_of_latitude_is_the_same_everywhere_and_one_of_longitude_is_not() {
        let north = distance_m(at(0.0, 50.0), at(0.0, 51.0));
        assert!((north - 111_195.08).abs() < 0.01, "{north}");
        let east = distance_m(at(0.0, 60.0), at(1.0, 60.0));
        assert!((east - 55_595.0).abs() < 10.0, "{east}");
        assert!(distance_m(at(-2.0, 57.0), at(-2.0, 57.0)).abs() < 1e-9);
    }

    #[test]
    fn an_estimate_is_as_good_as_it_says_as_far_as_it_says() {
        for latitude in [0.0, 49.2, 60.9, 80.0] {
            let here = at(-3.0, latitude);
            let estimate = Estimate::from(here);
            for metres in [1.0, 100.0, 2_000.0, Estimate::FARTHEST_M] {
                let [west, south, east, north] = box_around(here, metres / 1.5);
                for there in [at(west, south), at(east, north), at(-3.0, north), at(east, latitude)]
                {
                    let (estimated, exact) =
                        (estimate.squared(there).sqrt(), distance_m(here, there));
                    assert!(
                        (estimated - exact).abs() <= exact * Estimate::ERROR / 2.0,
                        "{estimated} {exact}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_box_holds_the_whole_circle() {
        let centre = at(-2.1, 57.1);
        for radius_m in [1.0, 2_000.0, 25_000.0, 500_000.0] {
            let [west, south, east, north] = box_around(centre, radius_m);
            for edge in [at(west, 57.1), at(east, 57.1), at(-2.1, south), at(-2.1, north)] {
                assert!(distance_m(centre, edge) >= radius_m * 0.999_999, "{radius_m}");
            }
        }
    }
}
