//! The two orders in which texts are looked for: `OUT IN` with its space, and the compact text without it.
//!
//! With the space, text order is the order of rows. Without it outcodes interleave (`M11 1AA` comes before `M1 1AD`, since
//! `M111AA` < `M11AD`), but sectors do not: a digit is less than a letter, so those of one sector stand together.

use super::{
    image::{Dataset, Entry},
    postcode::outcode_text,
};

/// All sectors in the order of their compact texts.
pub(crate) struct Order {
    sectors: Vec<Sector>,
}

struct Sector {
    /// Outcode and first digit of the inward half.
    text: String,
    outcode: u32,
    digit: u32,
}

impl Order {
    pub(crate) fn of(outcodes: &[u32]) -> Self {
        let sectors = outcodes.iter().flat_map(|outcode| {
            let text = outcode_text(*outcode);
            (0..10).map(move |digit| Sector {
                text: format!("{text}{digit}"),
                outcode: *outcode,
                digit,
            })
        });
        let mut sectors: Vec<Sector> = sectors.collect();
        sectors.sort_by_cached_key(Sector::last);
        Self { sectors }
    }
}

impl Sector {
    /// The last compact text it could hold.
    fn last(&self) -> String {
        format!("{}ZZ", self.text)
    }
}

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
        let sectors = &self.order().sectors;
        let first = sectors.partition_point(|sector| sector.last().as_str() < from);
        let sectors = sectors.get(first..).unwrap_or_default().iter();
        sectors
            .flat_map(|sector| self.of_sector(sector.outcode, sector.digit))
            .filter(Entry::is_live)
            .skip_while(move |entry| entry.postcode().compact().as_str() < from)
    }
}
