//! Live entries in the order of their texts, from a text on.

use super::image::{Dataset, Entry};

impl Dataset {
    /// Live entries whose text with its space is not less than `from`, in order.
    pub fn live_from(&self, from: &str) -> impl Iterator<Item = Entry<'_>> {
        let is_before = |row: u32| {
            self.entry_at(row).is_some_and(|entry| entry.postcode().to_string().as_str() < from)
        };
        let (mut low, mut high) = (0, self.rows());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        (low..self.rows()).filter(|row| self.is_live(*row)).filter_map(|row| self.entry_at(row))
    }

    /// Live entries whose compact text is not less than `from`, in the order of compact texts.
    pub fn live_from_compact(&self, from: &str) -> impl Iterator<Item = Entry<'_>> {
        self.order()
            .sectors_from(from)
            .flat_map(|(outcode, digit)| self.of_sector(outcode, digit))
            .filter(Entry::is_live)
            .skip_while(move |entry| entry.postcode().compact().as_str() < from)
    }
}
