//! Numbers for the names of areas, since few names belong to many places.

use std::collections::HashMap;

/// Names, numbered in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Areas {
    numbers: HashMap<String, u16>,
    names: Vec<String>,
}

impl Areas {
    /// The number of a name; none for an empty name, or after 65,535 names, which no country has.
    pub(super) fn number(&mut self, name: &str) -> Option<u16> {
        let name = name.trim();
        if name.is_empty() {
            return None;
        }
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        let number = u16::try_from(self.names.len()).ok()?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    pub(super) fn names(self) -> Vec<String> {
        self.names
    }
}
