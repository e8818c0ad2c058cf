//! The codes of a kind of area, numbered while an import reads them.

use indexmap::IndexSet;

use super::kind::Kind;

/// The codes of one kind, numbered in the order in which they came.
#[derive(Default)]
pub(super) struct Codes {
    known: IndexSet<Box<str>>,
    /// The last one looked up: neighbours mostly lie in the same areas.
    last: usize,
}

impl Codes {
    /// The number of a code, which is new or known.
    pub(super) fn number(&mut self, code: &str) -> u32 {
        if self.known.get_index(self.last).is_none_or(|last| **last != *code) {
            self.last = match self.known.get_index_of(code) {
                Some(number) => number,
                None => self.known.insert_full(code.into()).0,
            };
        }
        as_number(self.last)
    }

    /// The codes in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|code| &**code)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// Whether a code only says "not applicable": `E99999999` and its like, the class `Z9`, the rank 0.
pub(super) fn is_pseudo(kind: Kind, code: &str) -> bool {
    code.is_empty()
        || code == "Z9"
        || code.get(1..) == Some("99999999")
        || (kind == Kind::Deprivation && code == "0")
}

/// A place in a list as the number that files hold.
pub(super) fn as_number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::is_pseudo;
    use crate::dataset::kind::Kind;

    #[test]
    fn pseudo_codes_of_every_country_count_as_none() {
        for code in
            ["", "E99999999", "L99999999", "M99999999", "N99999999", "S99999999", "W99999999", "Z9"]
        {
            assert!(is_pseudo(Kind::Ward, code), "{code}");
        }
        for code in ["E14001419", "M83000003", "A1", "0"] {
            assert!(!is_pseudo(Kind::Ward, code), "{code}");
        }
        assert!(is_pseudo(Kind::Deprivation, "0") && !is_pseudo(Kind::Deprivation, "6715"));
    }
}
