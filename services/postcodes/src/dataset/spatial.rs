//! Searches by distance and by box.

use super::degrees::pack_degrees;
use super::image::{Dataset, Entry, Position};
use super::sphere::{self, Estimate};
use super::tree::Point;

/// Growth of the radius while too few were found.
const GROWTH: f64 = 1.25;
/// What a distance on the plane is multiplied by, since it is not quite that on the sphere: a twentieth at some 400 km.
const PLANE_ERROR: f64 = 1.05;
/// Least radius that a search begins with, in metres: many postcodes may share one place.
const LEAST_REACH_M: f64 = 1.0;

impl Dataset {
    /// The live entries in a box `[west, south, east, north]` in degrees, in no order. The borders belong to it.
    pub fn within_box(&self, corners: [f64; 4]) -> impl Iterator<Item = Entry<'_>> {
        let mut rows = Vec::new();
        self.points_within(corners, |point| rows.push(point.row));
        rows.into_iter().filter_map(|row| self.entry_at(row))
    }

    /// The live entries nearest to a position and not farther than `radius_m`, by distance and then by postcode, with their
    /// distances in metres.
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

    /// A distance in metres within which about `limit` entries lie; infinite if there are not so many.
    fn likely_reach(&self, at: Position, limit: usize) -> f64 {
        let squeeze = at.latitude.to_radians().cos();
        let reach = packed(at)
            .and_then(|place| self.header.points.reach(&self.body, place, squeeze, limit.max(1)));
        reach.map_or(f64::INFINITY, |degrees| {
            (sphere::north_m(degrees / 1e6) * PLANE_ERROR).max(LEAST_REACH_M)
        })
    }

    /// Rows within a distance, among them the `limit` nearest.
    fn rows_within(&self, at: Position, radius_m: f64, limit: usize) -> Vec<(u32, f64)> {
        let estimate = Estimate::from(at);
        let mut near = Vec::new();
        self.points_within(sphere::reach(at, radius_m), |point| {
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

/// The nearest degrees there are; none of what is no number.
fn packed(at: Position) -> Option<[u32; 2]> {
    let longitude = pack_degrees(at.longitude.clamp(-180.0, 180.0))?;
    Some([longitude, pack_degrees(at.latitude.clamp(-90.0, 90.0))?])
}

/// Those of many, with the squares of their estimated distances, that may be among the `limit` nearest. To measure all of them
/// exactly would take most of a search's time.
fn promising(mut near: Vec<(Point, f64)>, limit: usize) -> Vec<(Point, f64)> {
    let Some(last) = limit.checked_sub(1).filter(|last| *last < near.len()) else { return near };
    let (_, (_, far), _) =
        near.select_nth_unstable_by(last, |one, other| one.1.total_cmp(&other.1));
    // Either of two estimates may be wrong, each by so much of a distance, of which this is the square.
    let enough = *far * (1.0 + Estimate::ERROR).powi(4);
    near.retain(|(_, square)| *square <= enough);
    near
}
