//! Where live postcodes lie: a static k-d tree over their positions, and searches by distance.

use geo_index::kdtree::{KDTree, KDTreeBuilder, KDTreeIndex as _};

use super::degrees::pack_degrees;
use super::image::{Dataset, Entry, Position};
use super::sphere::{self, Estimate};

/// Radius that a search without one begins with, in metres: it holds ten postcodes in most towns, and few more.
const FIRST_REACH_M: f64 = 150.0;
/// Most and least growth of the radius while too few were found. What was found tells how far the rest may be.
const GROWTH: std::ops::RangeInclusive<f64> = 1.4..=4.0;
/// Postcodes lie in clusters: it takes a little more than an even spread would.
const MARGIN: f64 = 1.2;

/// Rows by position. A point takes 16 bytes.
pub(crate) struct Spatial {
    /// None without points, which the tree cannot hold.
    tree: Option<KDTree<u32>>,
    /// Row of each point of the tree.
    rows: Vec<u32>,
}

impl Spatial {
    /// No points yet.
    pub(crate) fn empty() -> Self {
        Self { tree: None, rows: Vec::new() }
    }

    /// Indexes points of row, longitude and latitude, packed as the dataset's columns are.
    pub(crate) fn build(points: impl Iterator<Item = (u32, [u32; 2])> + Clone) -> Self {
        let rows: Vec<u32> = points.clone().map(|(row, _)| row).collect();
        let count = u32::try_from(rows.len()).unwrap_or(0);
        let tree = (count > 0).then(|| {
            let mut builder = KDTreeBuilder::new(count);
            for (_, [longitude, latitude]) in points {
                builder.add(longitude, latitude);
            }
            builder.finish()
        });
        Self { tree, rows }
    }

    /// Rows within a box `[west, south, east, north]` in degrees, in no order.
    fn within(&self, corners: [f64; 4]) -> impl Iterator<Item = u32> {
        let [west, east] = [corners[0], corners[2]].map(|at| at.clamp(-180.0, 180.0));
        let [south, north] = [corners[1], corners[3]].map(|at| at.clamp(-90.0, 90.0));
        let packed = [west, south, east, north].map(pack_degrees);
        let found = match (&self.tree, packed) {
            (Some(tree), [Some(west), Some(south), Some(east), Some(north)]) => {
                tree.range(west, south, east, north)
            }
            _ => Vec::new(),
        };
        found.into_iter().filter_map(|point| self.rows.get(usize::try_from(point).ok()?).copied())
    }
}

impl Dataset {
    /// The live entries in a box `[west, south, east, north]` in degrees, in no order. The borders belong to it.
    pub fn within_box(&self, corners: [f64; 4]) -> impl Iterator<Item = Entry<'_>> {
        self.spatial().within(corners).filter_map(|row| self.entry_at(row))
    }

    /// The live entries nearest to a position and not farther than `radius_m`, by distance and then by postcode, with their
    /// distances in metres.
    pub fn nearest(&self, at: Position, limit: usize, radius_m: f64) -> Vec<(Entry<'_>, f64)> {
        let mut reach_m = FIRST_REACH_M.min(radius_m);
        let mut found = self.rows_within(at, reach_m, limit);
        while found.len() < limit && reach_m < radius_m {
            reach_m = (reach_m * growth(found.len(), limit)).min(radius_m);
            found = self.rows_within(at, reach_m, limit);
        }
        let by_distance = |one: &(u32, f64), other: &(u32, f64)| {
            one.1.total_cmp(&other.1).then(one.0.cmp(&other.0))
        };
        if limit < found.len() && limit > 0 {
            found.select_nth_unstable_by(limit - 1, by_distance);
        }
        found.truncate(limit);
        found.sort_unstable_by(by_distance);
        found.into_iter().filter_map(|(row, far)| Some((self.entry_at(row)?, far))).collect()
    }

    /// How many live entries lie within a distance, counted no further than `enough`.
    pub fn count_within(&self, at: Position, radius_m: f64, enough: usize) -> usize {
        let near = self.spatial().within(sphere::reach(at, radius_m));
        let near = near.filter_map(|row| self.position_at(row));
        near.filter(|there| sphere::distance_m(at, *there) <= radius_m).take(enough).count()
    }

    /// Rows within a distance, among them the `limit` nearest.
    fn rows_within(&self, at: Position, radius_m: f64, limit: usize) -> Vec<(u32, f64)> {
        let near = self.spatial().within(sphere::reach(at, radius_m));
        let promising = if radius_m <= Estimate::FARTHEST_M {
            let estimate = Estimate::from(at);
            let square = |row| Some((row, estimate.squared(self.position_at(row)?)));
            promising(near.filter_map(square).collect(), limit)
        } else {
            near.map(|row| (row, 0.0)).collect()
        };
        let measured = promising
            .into_iter()
            .filter_map(|(row, _)| Some((row, sphere::distance_m(at, self.position_at(row)?))));
        measured.filter(|(_, far)| *far <= radius_m).collect()
    }
}

/// How much a radius that held `found` must grow to hold `wanted`, if postcodes were spread evenly.
fn growth(found: usize, wanted: usize) -> f64 {
    let count = |number: usize| u32::try_from(number).map_or(f64::INFINITY, f64::from);
    let even = (count(wanted) / count(found.max(1))).sqrt() * MARGIN;
    even.clamp(*GROWTH.start(), *GROWTH.end())
}

/// Those of many, with the squares of their estimated distances, that may be among the `limit` nearest. To measure all of them
/// exactly would take most of a search's time.
fn promising(mut near: Vec<(u32, f64)>, limit: usize) -> Vec<(u32, f64)> {
    let Some(last) = limit.checked_sub(1).filter(|last| *last < near.len()) else { return near };
    let (_, (_, far), _) =
        near.select_nth_unstable_by(last, |one, other| one.1.total_cmp(&other.1));
    // Either of two estimates may be wrong, each by so much of a distance, of which this is the square.
    let enough = *far * (1.0 + Estimate::ERROR).powi(4);
    near.retain(|(_, square)| *square <= enough);
    near
}
