//! Compares the directory of an import with the existing one.

use std::{
    collections::{BTreeMap, HashMap},
    iter::Peekable,
};

use crate::dataset::{
    image::{Area, Dataset, Entry},
    kind::Kind,
};

/// Number of examples of each kind of change.
const EXAMPLES: usize = 20;
/// Smallest distance that counts as a move, metres.
const MOVED_M: u32 = 100;

/// The number of postcodes that changed, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub count: u64,
    /// The postcode, and if useful, the old and new value.
    pub examples: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    pub added: Change,
    /// Only in the old directory.
    pub gone: Change,
    pub terminated: Change,
    pub revived: Change,
    /// By more than 100 m on the grid.
    pub moved: Change,
    pub codes: BTreeMap<Kind, Change>,
}

impl Diff {
    pub fn between(old: &Dataset, new: &Dataset) -> Self {
        let (mut diff, mut areas) = (Self::default(), Areas::default());
        let (mut old, mut new) = (old.entries().peekable(), new.entries().peekable());
        while let Some(pair) = next_pair(&mut old, &mut new) {
            match pair {
                (Some(old), Some(new)) => diff.compare(&old, &new, &mut areas),
                (Some(old), None) => diff.gone.note(|| old.postcode().to_string()),
                (None, Some(new)) => diff.added.note(|| new.postcode().to_string()),
                (None, None) => {}
            }
        }
        diff
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn compare(&mut self, old: &Entry<'_>, new: &Entry<'_>, areas: &mut Areas) {
        let postcode = new.postcode();
        match (old.terminated(), new.terminated()) {
            (None, Some(month)) => self.terminated.note(|| format!("{postcode} {month}")),
            (Some(_), None) => self.revived.note(|| postcode.to_string()),
            _ => {}
        }
        if let Some(metres) = distance(old, new).filter(|metres| *metres > MOVED_M) {
            self.moved.note(|| format!("{postcode} {metres} m"));
        }
        for (kind, from, to) in areas.changed(old, new) {
            let change = self.codes.entry(*kind).or_default();
            change.note(|| format!("{postcode} {from} → {to}"));
        }
    }
}

impl Change {
    fn note(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// Differences between two combinations of areas, computed once for all postcodes that share them.
#[derive(Default)]
struct Areas {
    seen: HashMap<(Option<u32>, Option<u32>), Vec<Changed>>,
}

type Changed = (Kind, String, String);

impl Areas {
    fn changed(&mut self, old: &Entry<'_>, new: &Entry<'_>) -> &[Changed] {
        self.seen.entry((old.combination(), new.combination())).or_insert_with(|| {
            let changed = Kind::ALL.into_iter().filter_map(|kind| {
                let code = |area: Option<Area<'_>>| area.map_or("–", |area| area.code).to_owned();
                let (from, to) = (old.area(kind), new.area(kind));
                let same = from.map(|area| area.code) == to.map(|area| area.code);
                (!same).then(|| (kind, code(from), code(to)))
            });
            changed.collect()
        })
    }
}

/// The next postcode of either, with its entry in each.
fn next_pair<'a, 'b>(
    old: &mut Peekable<impl Iterator<Item = Entry<'a>>>,
    new: &mut Peekable<impl Iterator<Item = Entry<'b>>>,
) -> Option<(Option<Entry<'a>>, Option<Entry<'b>>)> {
    let first = |one: Option<&Entry<'_>>| one.map(Entry::postcode);
    match (first(old.peek()), first(new.peek())) {
        (None, None) => None,
        (Some(_), None) => Some((old.next(), None)),
        (None, Some(_)) => Some((None, new.next())),
        (Some(before), Some(after)) => Some((
            if before <= after { old.next() } else { None },
            if after <= before { new.next() } else { None },
        )),
    }
}

/// The distance of the move on the grid, metres; none if either has no position.
fn distance(old: &Entry<'_>, new: &Entry<'_>) -> Option<u32> {
    let (from, to) = (old.grid()?, new.grid()?);
    let east = from.easting_m.abs_diff(to.easting_m);
    let north = from.northing_m.abs_diff(to.northing_m);
    // Grid references are integer metres too.
    let squared = u64::from(east).pow(2) + u64::from(north).pow(2);
    u32::try_from(squared.isqrt()).ok()
}
