//! The positions of live postcodes: an implicit k-d tree, stored in the file.
//!
//! The point in the middle of a slice splits the others by longitude, those in the middles of the halves split them by
//! latitude, and so on. A search touches little memory, and the row of a point is next to its position.

use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use crate::geometry::{micro::unpack_degrees, position::Position};

/// Most points of a leaf, which is searched linearly.
const LEAF: usize = 32;
/// Longitude, latitude and row, little-endian.
type Stored = [[u8; 4]; 3];

/// Longitude and latitude, packed as in the columns of degrees.
pub(crate) type Degrees = [u32; 2];

/// The row of a postcode and its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) degrees: Degrees,
    pub(crate) row: u32,
}

/// The location of the tree in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tree {
    offset: usize,
    points: usize,
}

#[derive(Clone, Copy)]
enum Axis {
    Longitude,
    Latitude,
}

impl Tree {
    /// Arranges points as a tree and appends them to the image.
    pub(crate) fn write(image: &mut Vec<u8>, mut points: Vec<Point>) -> Self {
        arrange(&mut points, Axis::Longitude);
        let offset = image.len();
        image.reserve_exact(points.len() * size_of::<Stored>());
        for point in &points {
            let [longitude, latitude] = point.degrees;
            let stored: Stored = [longitude, latitude, point.row].map(u32::to_le_bytes);
            image.extend(stored.as_flattened());
        }
        Self { offset, points: points.len() }
    }

    /// Whether it is within an image of this size.
    pub(crate) fn fits(&self, image_bytes: usize) -> bool {
        let end = self
            .points
            .checked_mul(size_of::<Stored>())
            .and_then(|size| size.checked_add(self.offset));
        end.is_some_and(|end| end <= image_bytes)
    }

    /// Calls `found` for every point in a box, borders included, in no particular order.
    pub(crate) fn within(
        &self,
        image: &[u8],
        corners: (Degrees, Degrees),
        mut found: impl FnMut(Point),
    ) {
        search(self.stored(image), Axis::Longitude, corners, &mut found);
    }

    /// The distance of the `count`-th nearest point, in millionths of a degree of latitude, on a plane where a degree of
    /// longitude is `cos_latitude` of a degree of latitude; none if there are fewer points.
    pub(crate) fn distance_of_nearest(
        &self,
        image: &[u8],
        place: Degrees,
        cos_latitude: f64,
        count: usize,
    ) -> Option<f64> {
        if count > self.points {
            return None;
        }
        let mut nearest = Nearest { place, cos_latitude, count, squares: BinaryHeap::new() };
        nearest.search(self.stored(image), Axis::Longitude);
        nearest.squares.peek().map(|square| f64::from_bits(*square).sqrt())
    }

    fn stored<'a>(&self, image: &'a [u8]) -> &'a [Stored] {
        let stored =
            image.get(self.offset..).and_then(|rest| rest.get(..self.points * size_of::<Stored>()));
        stored.unwrap_or_default().as_chunks().0.as_chunks().0
    }
}

impl Point {
    pub(crate) fn position(self) -> Position {
        let [longitude, latitude] = self.degrees.map(unpack_degrees);
        Position { longitude, latitude }
    }

    fn read(stored: &Stored) -> Self {
        let [longitude, latitude, row] = stored.map(u32::from_le_bytes);
        Self { degrees: [longitude, latitude], row }
    }

    fn is_within(self, (low, high): (Degrees, Degrees)) -> bool {
        [Axis::Longitude, Axis::Latitude]
            .into_iter()
            .all(|axis| (axis.of(low)..=axis.of(high)).contains(&axis.of(self.degrees)))
    }
}

impl Axis {
    fn of(self, [longitude, latitude]: Degrees) -> u32 {
        match self {
            Self::Longitude => longitude,
            Self::Latitude => latitude,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Longitude => Self::Latitude,
            Self::Latitude => Self::Longitude,
        }
    }
}

fn arrange(points: &mut [Point], axis: Axis) {
    if points.len() <= LEAF {
        return;
    }
    let middle = points.len() / 2;
    let (before, _, after) =
        points.select_nth_unstable_by_key(middle, |point| axis.of(point.degrees));
    arrange(before, axis.other());
    arrange(after, axis.other());
}

/// Both halves of a slice and the point between them; none for a leaf.
fn split(points: &[Stored]) -> Option<(&[Stored], Point, &[Stored])> {
    let (before, rest) =
        points.split_at_checked(points.len() / 2).filter(|_| points.len() > LEAF)?;
    let (middle, after) = rest.split_first()?;
    Some((before, Point::read(middle), after))
}

fn search(
    points: &[Stored],
    axis: Axis,
    corners: (Degrees, Degrees),
    found: &mut impl FnMut(Point),
) {
    let Some((before, middle, after)) = split(points) else {
        let inside = points.iter().map(Point::read).filter(|point| point.is_within(corners));
        return inside.for_each(found);
    };
    let at = axis.of(middle.degrees);
    // Points level with the middle may be on either side of it.
    if axis.of(corners.0) <= at {
        search(before, axis.other(), corners, found);
    }
    if middle.is_within(corners) {
        found(middle);
    }
    if at <= axis.of(corners.1) {
        search(after, axis.other(), corners, found);
    }
}

/// The squares of the distances of the nearest points so far.
struct Nearest {
    place: Degrees,
    cos_latitude: f64,
    count: usize,
    /// As bits, whose order is that of the numbers, since none is negative.
    squares: BinaryHeap<u64>,
}

impl Nearest {
    fn search(&mut self, points: &[Stored], axis: Axis) {
        let Some((before, middle, after)) = split(points) else {
            return points.iter().map(Point::read).for_each(|point| self.offer(point));
        };
        let is_before = axis.of(self.place) < axis.of(middle.degrees);
        let (here, there) = if is_before { (before, after) } else { (after, before) };
        self.search(here, axis.other());
        self.offer(middle);
        let gap = self.along(axis, middle);
        if self.wants(gap * gap) {
            self.search(there, axis.other());
        }
    }

    fn offer(&mut self, point: Point) {
        let (east, north) = (self.along(Axis::Longitude, point), self.along(Axis::Latitude, point));
        let square = east * east + north * north;
        if self.wants(square) {
            self.squares.push(square.to_bits());
            if self.squares.len() > self.count {
                self.squares.pop();
            }
        }
    }

    fn wants(&self, square: f64) -> bool {
        let worst = self.squares.peek().filter(|_| self.squares.len() >= self.count);
        worst.is_none_or(|worst| square.to_bits() < *worst)
    }

    fn along(&self, axis: Axis, point: Point) -> f64 {
        let far = f64::from(axis.of(point.degrees).abs_diff(axis.of(self.place)));
        match axis {
            Axis::Longitude => far * self.cos_latitude,
            Axis::Latitude => far,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Degrees, LEAF, Point, Tree};

    fn tree(places: &[Degrees]) -> (Vec<u8>, Tree) {
        let points = (0..).zip(places).map(|(row, degrees)| Point { degrees: *degrees, row });
        let mut image = vec![7; 5];
        let tree = Tree::write(&mut image, points.collect());
        (image, tree)
    }

    /// Pseudo-random places, always the same.
    fn places(count: usize, below: u32) -> Vec<Degrees> {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        (0..count).map(|_| [next(), next()]).collect()
    }

    /// With few different degrees, many points are level with each other or at the same place.
    #[test]
    fn a_box_contains_what_is_in_it_and_on_its_borders() {
        for count in [0, 1, LEAF, LEAF + 1, LEAF * 30] {
            let places = places(count, 20);
            let (image, tree) = tree(&places);
            for (low, high) in
                [([3, 4], [9, 4]), ([0, 0], [20, 20]), ([19, 2], [7, 9]), ([5, 0], [5, 30])]
            {
                let mut found = Vec::new();
                tree.within(&image, (low, high), |point| found.push((point.row, point.degrees)));
                found.sort_unstable();
                let is_inside =
                    |at: &Degrees| (0..2).all(|axis| (low[axis]..=high[axis]).contains(&at[axis]));
                let expected: Vec<(u32, Degrees)> =
                    (0..).zip(places.iter().copied()).filter(|(_, at)| is_inside(at)).collect();
                assert_eq!(found, expected, "{count} {low:?} {high:?}");
            }
        }
    }

    #[test]
    fn the_distance_is_that_of_the_last_of_the_nearest() {
        for count in [1, 5, LEAF + 1, LEAF * 30] {
            let places = places(count, 1000);
            let (image, tree) = tree(&places);
            for place in [[300, 700], [0, 0], [5_000, 200], places[0]] {
                let square = |at: &Degrees| {
                    let [east, north] =
                        [0, 1].map(|axis| f64::from(at[axis].abs_diff(place[axis])));
                    east * 0.5 * (east * 0.5) + north * north
                };
                let mut squares: Vec<f64> = places.iter().map(square).collect();
                squares.sort_unstable_by(f64::total_cmp);
                for wanted in [1, 10, 100] {
                    let expected = squares.get(wanted - 1).map(|square| square.sqrt());
                    let found = tree.distance_of_nearest(&image, place, 0.5, wanted);
                    assert_eq!(found, expected, "{count} {place:?} {wanted}");
                }
            }
        }
        assert_eq!(tree(&[]).1.distance_of_nearest(&[], [0, 0], 1.0, 1), None);
        assert_eq!(tree(&[[1, 1]]).1.distance_of_nearest(&[], [0, 0], 1.0, usize::MAX), None);
    }

    #[test]
    fn a_tree_beyond_the_image_does_not_fit_and_finds_nothing() {
        let (mut image, tree) = tree(&[[1, 2], [3, 4]]);
        assert!(tree.fits(image.len()) && !tree.fits(image.len() - 1));
        image.pop();
        assert_eq!(tree.distance_of_nearest(&image, [1, 2], 1.0, 1), None);
    }
}
