//! The rows of Northern Ireland, which can be excluded because their commercial use needs a separate licence.

use std::ops::Range;

use super::image::{Dataset, Entry};
use contracts::values::postcode::Postcode;

impl Dataset {
    /// Whether it includes Northern Ireland.
    pub fn has_northern_ireland(&self) -> bool {
        self.northern_irish().next().is_some()
    }

    /// The rows of Northern Ireland, which are adjacent because all its postcodes are in one postcode area.
    pub(super) fn northern_ireland(&self) -> Range<u32> {
        let rows = self.northern_irish().map(|entry| entry.row());
        let (first, end) = rows.fold((u32::MAX, 0), |(first, _), row| (first.min(row), row + 1));
        first.min(end)..end
    }

    fn northern_irish(&self) -> impl Iterator<Item = Entry<'_>> {
        let is_there = |outcode: &&u32| {
            Postcode::from_numbers(**outcode, 0).is_some_and(Postcode::is_northern_irish)
        };
        let outcodes = self.outcodes().iter().filter(is_there);
        outcodes.flat_map(|outcode| self.of_outcode(*outcode))
    }
}
