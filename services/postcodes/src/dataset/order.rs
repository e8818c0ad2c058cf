//! The order of compact texts, without the space.
//!
//! With the space, the order of texts is the order of rows. Without it outcodes interleave (`M11 1AA` comes before `M1 1AD`,
//! because `M111AA` < `M11AD`), but sectors do not: a digit is less than a letter, so those of one sector are adjacent.

use contracts::values::postcode::outcode_text;

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
    pub(crate) fn new(outcodes: &[u32]) -> Self {
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

    /// Outcode and digit of the sectors that may hold compact texts not less than `from`, in order.
    pub(crate) fn sectors_from(&self, from: &str) -> impl Iterator<Item = (u32, u32)> {
        let first = self.sectors.partition_point(|sector| sector.last().as_str() < from);
        let sectors = self.sectors.get(first..).unwrap_or_default().iter();
        sectors.map(|sector| (sector.outcode, sector.digit))
    }
}

impl Sector {
    /// The last compact text that it could contain.
    fn last(&self) -> String {
        format!("{}ZZ", self.text)
    }
}
