//! Searches by text, by distance and by box.

use super::{
    image::{Dataset, Entry},
    tree::{Point, Tree},
};
use crate::geometry::{
    micro::pack_degrees,
    position::Position,
    sphere::{self, Estimate},
};

/// Factor by which the radius grows while too few entries are found.
const GROWTH: f64 = 1.25;
/// Factor for a distance on the plane, to be at least the distance on the sphere. The error is smaller up to 400 km and up to
/// latitude 60 (see the test).
const PLANE_ERROR: f64 = 1.05;
/// Smallest initial radius of a search, in metres: many postcodes may share a position.
const LEAST_REACH_M: f64 = 1.0;

impl Dataset {
    /// Live entries whose text with its space is not less than `from`, in order.
    pub fn live_from(&self, from: &str) -> impl Iterator<Item = Entry<'_>> {
        let is_before = |row: u32| {
            self.entry_at(row).is_some_and(|entry| entry.postcode().to_string().as_str() < from)
        };
        let (mut low, mut high) = (0, self.rows());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        (low..self.rows()).filter(|row| self.is_live(*row)).filter_map(|row| self.entry_at(row))
    }

    /// Live entries whose compact text is not less than `from`, in the order of compact texts.
    pub fn live_from_compact(&self, from: &str) -> impl Iterator<Item = Entry<'_>> {
        self.order()
            .sectors_from(from)
            .flat_map(|(outcode, digit)| self.of_sector(outcode, digit))
            .filter(Entry::is_live)
            .skip_while(move |entry| entry.postcode().compact().as_str() < from)
    }

    /// The live entries in a box `[west, south, east, north]` in degrees, borders included, in no particular order.
    pub fn within_box(&self, corners: [f64; 4]) -> impl Iterator<Item = Entry<'_>> {
        let mut rows = Vec::new();
        self.points_within(corners, |point| rows.push(point.row));
        rows.into_iter().filter_map(|row| self.entry_at(row))
    }

    /// The live entries nearest to a position within `radius_m`, by distance and then by postcode, with their distances in
    /// metres.
    pub fn nearest(&self, at: Position, limit: usize, radius_m: f64) -> Vec<(Entry<'_>, f64)> {
        let mut reach_m = self.likely_reach(at, limit).min(radius_m);
        let mut found = self.rows_within(at, reach_m, limit);
        while found.len() < limit && reach_m < radius_m {
            reach_m = (reach_m * GROWTH).min(radius_m);
            found = self.rows_within(at, reach_m, limit);
        }
        // Rows are in the order of postcodes.
        found.sort_unstable_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)));
        found.truncate(limit);
        found.into_iter().filter_map(|(row, far)| Some((self.entry_at(row)?, far))).collect()
    }

    /// A distance in metres that contains about `limit` entries; infinite if there are fewer.
    fn likely_reach(&self, at: Position, limit: usize) -> f64 {
        let reach_m = reach_m(&self.header.points, &self.body, at, limit.max(1));
        reach_m.map_or(f64::INFINITY, |reach_m| (reach_m * PLANE_ERROR).max(LEAST_REACH_M))
    }

    /// Rows within a distance, including the `limit` nearest.
    fn rows_within(&self, at: Position, radius_m: f64, limit: usize) -> Vec<(u32, f64)> {
        let estimate = Estimate::from(at);
        let mut near = Vec::new();
        self.points_within(sphere::box_around(at, radius_m), |point| {
            near.push((point, estimate.squared(point.position())));
        });
        if radius_m <= Estimate::FARTHEST_M {
            near = promising(near, limit);
        }
        let measured = near
            .into_iter()
            .map(|(point, _)| (point.row, sphere::distance_m(at, point.position())));
        measured.filter(|(_, far)| *far <= radius_m).collect()
    }

    fn points_within(&self, [west, south, east, north]: [f64; 4], mut found: impl FnMut(Point)) {
        let corner = |longitude, latitude| packed(Position { longitude, latitude });
        if let (Some(low), Some(high)) = (corner(west, south), corner(east, north)) {
            let shown = |point: Point| {
                if self.is_shown(point.row) {
                    found(point);
                }
            };
            self.header.points.within(&self.body, (low, high), shown);
        }
    }
}

/// The distance of the `count`-th nearest point in metres, on the plane; none if there are fewer points.
fn reach_m(points: &Tree, image: &[u8], at: Position, count: usize) -> Option<f64> {
    let cos_latitude = at.latitude.to_radians().cos();
    Some(sphere::north_m(
        points.distance_of_nearest(image, packed(at)?, cos_latitude, count)? / 1e6,
    ))
}

/// Packed degrees, clamped to the valid range; none for NaN.
fn packed(at: Position) -> Option<[u32; 2]> {
    let longitude = pack_degrees(at.longitude.clamp(-180.0, 180.0))?;
    Some([longitude, pack_degrees(at.latitude.clamp(-90.0, 90.0))?])
}

/// Those points, with the squares of their estimated distances, that may be among the `limit` nearest. Measuring all of them
/// exactly would take most of the time of a search.
fn promising(mut near: Vec<(Point, f64)>, limit: usize) -> Vec<(Point, f64)> {
    let Some(last) = limit.checked_sub(1).filter(|last| *last < near.len()) else { return near };
    let (_, (_, far), _) =
        near.select_nth_unstable_by(last, |one, other| one.1.total_cmp(&other.1));
    // Both of two compared estimates may be wrong by this relative error of the distance, whose square is compared.
    let enough = *far * (1.0 + Estimate::ERROR).powi(4);
    near.retain(|(_, square)| *square <= enough);
    near
}

#[cfg(test)]
mod tests {
    use super::{PLANE_ERROR, Point, Position, Tree, packed, reach_m, sphere};

    #[test]
    fn the_error_of_the_plane_is_within_its_bound() {
        for latitude in [49.9, 55.0, 60.0] {
            let at = Position { longitude: -3.0, latitude };
            for metres in [100.0, 20_000.0, 400_000.0] {
                let [west, south, east, north] = sphere::box_around(at, metres / 1.5);
                for (longitude, latitude) in
                    [(west, south), (east, north), (-3.0, north), (east, latitude)]
                {
                    let there = Position { longitude, latitude };
                    let mut image = Vec::new();
                    let points = vec![Point { degrees: packed(there).unwrap(), row: 0 }];
                    let tree = Tree::write(&mut image, points);
                    let on_plane = reach_m(&tree, &image, at, 1).unwrap();
                    // Degrees are stored to the sixth decimal.
                    let exact = sphere::distance_m(at, there);
                    assert!(on_plane * PLANE_ERROR >= exact - 0.2, "{on_plane} {exact}");
                    assert!(on_plane <= exact * PLANE_ERROR + 0.2, "{on_plane} {exact}");
                }
            }
        }
    }
}
