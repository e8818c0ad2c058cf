//! A live postcode by lot, each as likely as any other.

use crate::dataset::{
    image::{Dataset, Entry},
    postcode::outcode_number,
};

/// Rounds before a draw gives up on finding a live one among all; half of them are live, so one in 2^64 draws does.
const ROUNDS: u32 = 64;

/// A live postcode, of an outcode if one is named; none for an outcode that has none.
pub fn draw<'a>(dataset: &'a Dataset, outcode: Option<&str>, lot: u64) -> Option<Entry<'a>> {
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

/// Draws rows until one is live. Each draw comes from the last by a step of `SplitMix64`, which is as good as new lots.
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
