//! A random live postcode, each equally likely.

use crate::dataset::image::{Dataset, Entry};
use contracts::values::postcode::outcode_number;

/// Attempts to find a live postcode among all. More than half are live, so fewer than one in 2^64 searches fails.
const ROUNDS: u32 = 64;

/// A live postcode, optionally of an outcode; none if the outcode has none.
pub(super) fn draw<'a>(dataset: &'a Dataset, outcode: Option<&str>, lot: u64) -> Option<Entry<'a>> {
    match outcode {
        None => among_all(dataset, lot),
        Some(outcode) => {
            let live = dataset.of_outcode(outcode_number(outcode)?);
            let live: Vec<Entry<'_>> = live.filter(Entry::is_live).collect();
            let count = u64::try_from(live.len()).ok().filter(|count| *count > 0)?;
            live.get(usize::try_from(lot % count).ok()?).copied()
        }
    }
}

/// Draws rows until one is live. Each number is derived from the previous one by `SplitMix64`.
fn among_all(dataset: &Dataset, lot: u64) -> Option<Entry<'_>> {
    let rows = u64::from(dataset.rows());
    let mut state = lot;
    let draws = (0..ROUNDS).map(|_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)).checked_rem(rows)?).ok()
    });
    let mut live = draws.flatten().filter(|row| dataset.is_live(*row));
    dataset.entry_at(live.next()?)
}
