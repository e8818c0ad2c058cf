//! Postcodes that start with a text: the three interpretations of postcodes.io, in its order.

use crate::{
    data::Data,
    dataset::image::Entry,
    postcodes_io::parameters::{Parameters, whole},
};
use contracts::values::postcode::outcode_number;

/// Default and largest limit.
const LIMIT: usize = 10;
const MAX_LIMIT: usize = 100;
/// Longest text, in bytes; a postcode has eight characters.
const MAX_TEXT: usize = 64;

/// The limit of a search; an invalid one, or one less than one, is ignored.
pub(crate) fn limit(parameters: &Parameters) -> usize {
    let given = parameters.text(&["limit"]).and_then(whole).filter(|limit| *limit >= 1);
    given.map_or(LIMIT, |limit| usize::try_from(limit).unwrap_or(MAX_LIMIT).min(MAX_LIMIT))
}

/// The live postcodes that a text may mean; none where postcodes.io returns null. A whole postcode means only itself.
pub(crate) fn search<'a>(data: &'a Data, text: &str, limit: usize) -> Option<Vec<Entry<'a>>> {
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
