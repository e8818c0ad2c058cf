//! The live postcodes of an area: by the directory's column if it has one, otherwise by the boundary.

use std::collections::{BTreeMap, BinaryHeap};

use contracts::values::postcode::Postcode;

use crate::{
    dataset::{
        image::{Dataset, Entry},
        kind::Kind,
    },
    geometry::{micro::micro, shape::Shape},
    groups::Groups,
};

/// Live rows by combination of areas, so that the rows of an area are found without reading the whole directory. Rows ascend
/// within a combination.
pub(crate) struct Members(Groups);

/// Where the postcodes of an area are found.
#[derive(Clone, Copy)]
pub(crate) enum Extent<'a> {
    /// The area with this number in a column.
    Column(Kind, u32),
    Boundary(&'a Shape),
}

impl Members {
    /// Groups the live rows of a directory.
    pub(crate) fn new(dataset: &Dataset) -> Self {
        let live = (0..dataset.rows()).filter(|row| dataset.is_live(*row));
        let pairs =
            live.filter_map(|row| Some((usize::try_from(dataset.tuple_at(row)?).ok()?, row)));
        Self(Groups::new(usize::try_from(dataset.tuples()).unwrap_or(0), pairs))
    }

    pub(crate) fn count(&self, dataset: &Dataset, extent: Extent<'_>) -> usize {
        match extent {
            Extent::Column(kind, number) => {
                self.groups(dataset, kind, number).map(<[u32]>::len).sum()
            }
            Extent::Boundary(shape) => within(dataset, shape).count(),
        }
    }

    /// The number of live postcodes of each area of a kind, by the number of the area.
    pub(crate) fn totals(&self, dataset: &Dataset, kind: Kind) -> BTreeMap<u32, usize> {
        let mut totals = BTreeMap::new();
        for tuple in 0..dataset.tuples() {
            if let Some(number) = dataset.number_in(kind, tuple) {
                *totals.entry(number).or_default() += self.rows_of(tuple).len();
            }
        }
        totals
    }

    /// The first `limit` live postcodes of an area after a postcode.
    pub(crate) fn page<'a>(
        &self,
        dataset: &'a Dataset,
        extent: Extent<'_>,
        after: Option<Postcode>,
        limit: usize,
    ) -> Vec<Entry<'a>> {
        match extent {
            Extent::Boundary(shape) => first(within(dataset, shape), after, limit),
            Extent::Column(kind, number) => {
                let rows = self.groups(dataset, kind, number).flat_map(|rows| {
                    let is_before = |row: &u32| {
                        let entry = dataset.entry_at(*row);
                        entry.is_some_and(|entry| Some(entry.postcode()) <= after)
                    };
                    let start = rows.partition_point(is_before);
                    rows.iter().skip(start).take(limit)
                });
                first(rows.filter_map(|row| dataset.entry_at(*row)), after, limit)
            }
        }
    }

    /// The areas of a kind that the postcodes of an area are in, by number, with the number of those postcodes.
    pub(crate) fn shared(
        &self,
        dataset: &Dataset,
        parent: (Kind, u32),
        child: Kind,
    ) -> BTreeMap<u32, usize> {
        let mut shared = BTreeMap::new();
        for tuple in tuples(dataset, parent.0, parent.1) {
            if let Some(number) = dataset.number_in(child, tuple) {
                *shared.entry(number).or_default() += self.rows_of(tuple).len();
            }
        }
        shared
    }

    fn groups(&self, dataset: &Dataset, kind: Kind, number: u32) -> impl Iterator<Item = &[u32]> {
        tuples(dataset, kind, number).map(|tuple| self.rows_of(tuple))
    }

    fn rows_of(&self, tuple: u32) -> &[u32] {
        let tuple = usize::try_from(tuple).ok();
        tuple.map(|tuple| self.0.get(tuple..tuple + 1)).unwrap_or_default()
    }
}

/// The combinations that contain an area of a column.
fn tuples(dataset: &Dataset, kind: Kind, number: u32) -> impl Iterator<Item = u32> {
    (0..dataset.tuples()).filter(move |tuple| dataset.number_in(kind, *tuple) == Some(number))
}

/// Live entries inside a shape, in no particular order.
pub(crate) fn within<'a>(dataset: &'a Dataset, shape: &Shape) -> impl Iterator<Item = Entry<'a>> {
    let inside = |entry: &Entry<'_>| entry.position().is_some_and(|at| shape.contains(micro(at)));
    dataset.within_box(shape.bounds().degrees()).filter(inside)
}

/// The first entries after a postcode, in order. Keeps no more than a page in memory.
pub(crate) fn first<'a>(
    entries: impl Iterator<Item = Entry<'a>>,
    after: Option<Postcode>,
    limit: usize,
) -> Vec<Entry<'a>> {
    let mut heap = BinaryHeap::with_capacity(limit + 1);
    for entry in entries.filter(|entry| Some(entry.postcode()) > after) {
        let is_full = heap.len() >= limit;
        if is_full
            && heap.peek().is_none_or(|last: &ByPostcode<'_>| last.0.postcode() <= entry.postcode())
        {
            continue;
        }
        if is_full {
            heap.pop();
        }
        heap.push(ByPostcode(entry));
    }
    heap.into_sorted_vec().into_iter().map(|found| found.0).collect()
}

/// Orders entries by their postcodes.
struct ByPostcode<'a>(Entry<'a>);

impl Ord for ByPostcode<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.postcode().cmp(&other.0.postcode())
    }
}

impl PartialOrd for ByPostcode<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByPostcode<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ByPostcode<'_> {}
