//! Numbers the codes of a kind of area during an import.

use indexmap::IndexSet;

use super::kind::Kind;

/// During an import, numbers from here on are those of codes that say "not applicable".
const NOT_APPLICABLE: u32 = 1 << 31;

/// The codes of one kind, numbered in the order in which they appear. Those that say "not applicable" are numbered
/// separately, because the file has them after all others.
#[derive(Default)]
pub(super) struct Codes {
    areas: IndexSet<Box<str>>,
    not_applicable: IndexSet<Box<str>>,
    /// The last code and its number: neighbouring postcodes are mostly in the same areas.
    last: usize,
}

impl Codes {
    /// The number of a code, which is added if it is new.
    pub(super) fn number(&mut self, code: &str) -> u32 {
        if is_not_applicable(code) {
            return NOT_APPLICABLE | as_number(number(&mut self.not_applicable, code));
        }
        if self.areas.get_index(self.last).is_none_or(|last| **last != *code) {
            self.last = number(&mut self.areas, code);
        }
        as_number(self.last)
    }

    /// The codes of areas, in the order of their numbers.
    pub(super) fn areas(&self) -> impl Iterator<Item = &str> {
        self.areas.iter().map(|code| &**code)
    }

    /// All codes, in the order of the file.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.areas().chain(self.not_applicable.iter().map(|code| &**code))
    }

    /// How many codes are of areas.
    pub(super) fn count(&self) -> u32 {
        as_number(self.areas.len())
    }
}

fn number(codes: &mut IndexSet<Box<str>>, code: &str) -> usize {
    match codes.get_index_of(code) {
        Some(number) => number,
        None => codes.insert_full(code.into()).0,
    }
}

/// Converts a number to that in the file, for a kind with a number of areas.
pub(super) fn place_in_file(number: u32, areas: u32) -> u32 {
    number.checked_sub(NOT_APPLICABLE).map_or(number, |place| areas + place)
}

/// Whether a code says that no area of its kind applies, such as `E99999999`, or the class `Z9`.
pub(crate) fn is_not_applicable(code: &str) -> bool {
    code == "Z9" || code.get(1..) == Some("99999999")
}

/// Whether a cell has no value: it is empty, or the rank 0.
pub(super) fn is_nothing(kind: Kind, code: &str) -> bool {
    code.is_empty() || (kind == Kind::Deprivation && code == "0")
}

/// An index as a number of the file.
pub(super) fn as_number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Codes, is_not_applicable, is_nothing, place_in_file};
    use crate::dataset::kind::Kind;

    #[test]
    fn codes_that_say_not_applicable_are_known_in_every_country() {
        for code in
            ["E99999999", "L99999999", "M99999999", "N99999999", "S99999999", "W99999999", "Z9"]
        {
            assert!(is_not_applicable(code), "{code}");
        }
        for code in ["", "E14001419", "M83000003", "M01000001", "A1", "0", "9"] {
            assert!(!is_not_applicable(code), "{code}");
        }
        assert!(is_nothing(Kind::Deprivation, "0") && !is_nothing(Kind::Deprivation, "6715"));
        assert!(is_nothing(Kind::Ward, "") && !is_nothing(Kind::Ward, "0"));
    }

    #[test]
    fn codes_of_areas_come_first_in_the_file() {
        let mut codes = Codes::default();
        let numbers = ["E99999999", "E05000001", "S99999999", "E05000002", "E99999999"]
            .map(|code| codes.number(code));
        assert_eq!(codes.count(), 2);
        assert_eq!(
            codes.all().collect::<Vec<_>>(),
            ["E05000001", "E05000002", "E99999999", "S99999999"]
        );
        assert_eq!(numbers.map(|number| place_in_file(number, codes.count())), [2, 0, 3, 1, 2]);
    }
}
