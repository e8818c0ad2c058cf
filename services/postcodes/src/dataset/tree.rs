//! Where live postcodes lie: a k-d tree without links, as it stands in the file.
//!
//! The point in the middle of a slice parts the others by longitude, those in the middles of the halves by latitude, and so
//! on. A search touches few places of the memory, and a point's row lies beside its position.

use serde::{Deserialize, Serialize};

use super::degrees::unpack_degrees;
use super::image::Position;

/// Points that are looked at one after the other and not parted any more.
const LEAF: usize = 32;
/// Longitude, latitude and row, little-endian.
type Stored = [[u8; 4]; 3];

/// Longitude and latitude, packed as the columns of degrees are.
pub(crate) type Degrees = [u32; 2];

/// A postcode's row and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) degrees: Degrees,
    pub(crate) row: u32,
}

/// Where the tree stands in the file.
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
    /// Puts points in the order of the tree and appends them to the image.
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

    /// Whether it lies within an image of so many bytes.
    pub(crate) fn fits(&self, image_bytes: usize) -> bool {
        let end = self
            .points
            .checked_mul(size_of::<Stored>())
            .and_then(|size| size.checked_add(self.offset));
        end.is_some_and(|end| end <= image_bytes)
    }

    /// Gives every point of a box, in no order. Its borders belong to it.
    pub(crate) fn within(
        &self,
        image: &[u8],
        corners: (Degrees, Degrees),
        mut found: impl FnMut(Point),
    ) {
        search(self.stored(image), Axis::Longitude, corners, &mut found);
    }

    /// At least so many points around a place, if there are so many: few more, and not always the nearest.
    pub(crate) fn around(
        &self,
        image: &[u8],
        place: Degrees,
        enough: usize,
    ) -> impl ExactSizeIterator<Item = Point> {
        around(self.stored(image), Axis::Longitude, place, enough).iter().map(Point::read)
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

/// Both halves of a slice and the point between them; none if it is not parted.
fn parted(points: &[Stored]) -> Option<(&[Stored], Point, &[Stored])> {
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
    let Some((before, middle, after)) = parted(points) else {
        let inside = points.iter().map(Point::read).filter(|point| point.is_within(corners));
        return inside.for_each(found);
    };
    let at = axis.of(middle.degrees);
    // What lies level with the middle may stand on either side of it.
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

fn around(points: &[Stored], axis: Axis, place: Degrees, enough: usize) -> &[Stored] {
    match parted(points) {
        Some((before, middle, after)) if after.len().min(before.len()) >= enough => {
            let half = if axis.of(place) < axis.of(middle.degrees) { before } else { after };
            around(half, axis.other(), place, enough)
        }
        _ => points,
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

    /// Scattered places, and always the same ones.
    fn places(count: usize, below: u32) -> Vec<Degrees> {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        (0..count).map(|_| [next(), next()]).collect()
    }

    /// Among few different degrees many points lie level with each other or in one place.
    #[test]
    fn a_box_gives_what_lies_in_it_and_on_its_borders() {
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
    fn around_a_place_are_enough_points_where_there_are_so_many() {
        for count in [0, 5, LEAF + 1, LEAF * 30] {
            let (image, tree) = tree(&places(count, 1000));
            for enough in [0, 1, 10, 100, usize::MAX] {
                let found = tree.around(&image, [300, 700], enough).count();
                assert!(found >= enough.min(count), "{count} {enough} {found}");
                assert!(
                    found <= LEAF.max(enough.saturating_mul(2).saturating_add(2)),
                    "{count} {enough} {found}"
                );
            }
        }
    }

    #[test]
    fn a_tree_beyond_the_image_does_not_fit_and_gives_nothing() {
        let (mut image, tree) = tree(&[[1, 2], [3, 4]]);
        assert!(tree.fits(image.len()) && !tree.fits(image.len() - 1));
        image.pop();
        assert_eq!(tree.around(&image, [1, 2], 1).count(), 0);
    }
}
