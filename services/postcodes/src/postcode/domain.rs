//! The postcodes that a text may mean, in the three interpretations of postcodes.io and in its order, and random ones.

use contracts::values::postcode::outcode_number;

use crate::{
    data::Edition,
    dataset::image::{Dataset, Entry},
};

/// Longest text, in bytes; a postcode has eight characters.
const MAX_TEXT: usize = 64;
/// Attempts to find a live postcode among all. More than half are live, so fewer than one in 2^64 searches fails.
const ROUNDS: u32 = 64;

/// The live postcodes that a text may mean; none where postcodes.io returns null. A whole postcode means only itself.
pub(crate) fn search<'a>(data: &'a Edition, text: &str, limit: usize) -> Option<Vec<Entry<'a>>> {
    let text = text.trim().to_uppercase();
    if text.len() > MAX_TEXT {
        return None;
    }
    let compact: String = text.split_whitespace().collect();
    let dataset = &data.dataset;
    let spaced = spaced(&text).map(|from| dataset.live_from(&from).take(limit).collect::<Vec<_>>());
    let spaced = spaced.map(|found| matches(found, &compact)).filter(|found| !found.is_empty());
    let found = spaced.unwrap_or_else(|| {
        matches(dataset.live_from_compact(&text).take(limit).collect(), &compact)
    });
    let exact = found.iter().find(|entry| *entry.postcode().compact() == *compact);
    let found = exact.map(|entry| vec![*entry]).unwrap_or(found);
    (!found.is_empty()).then_some(found)
}

/// A live postcode, each equally likely for a random number, optionally of an outcode; none if the outcode has none.
pub(super) fn draw<'a>(
    dataset: &'a Dataset,
    outcode: Option<&str>,
    random: u64,
) -> Option<Entry<'a>> {
    match outcode {
        None => draw_any(dataset, random),
        Some(outcode) => {
            let live = dataset.of_outcode(outcode_number(outcode)?);
            let live: Vec<Entry<'_>> = live.filter(Entry::is_live).collect();
            let count = u64::try_from(live.len()).ok().filter(|count| *count > 0)?;
            live.get(usize::try_from(random % count).ok()?).copied()
        }
    }
}

/// The text to start at if the space is significant: after an outcode, or between two words.
fn spaced(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match words.as_slice() {
        [outcode] if outcode_number(outcode).is_some() => Some(format!("{outcode} ")),
        [first, second] if is_word(first) && is_word(second) => Some(format!("{first} {second}")),
        _ => None,
    }
}

fn matches<'a>(found: Vec<Entry<'a>>, compact: &str) -> Vec<Entry<'a>> {
    found.into_iter().filter(|entry| entry.postcode().compact().contains(compact)).collect()
}

/// Draws rows until one is live. Each number is derived from the previous one by `SplitMix64`.
fn draw_any(dataset: &Dataset, random: u64) -> Option<Entry<'_>> {
    let rows = u64::from(dataset.rows());
    let mut state = random;
    let draws = (0..ROUNDS).map(|_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)).checked_rem(rows)?).ok()
    });
    let mut live = draws.flatten().filter(|row| dataset.is_live(*row));
    dataset.entry_at(live.next()?)
}
