//! Search for places by name as in postcodes.io, which uses PostgreSQL's full-text search for the phrase and, if that finds
//! nothing, searches for names that start with the text.
//!
//! Words are those of PostgreSQL's parser with the dictionary `simple`: lower case, with accents; a hyphenated compound is a
//! word and so is each of its parts. Apostrophes of the query are removed and its hyphens replaced by spaces, so "kings lynn"
//! is found only by the start of the name.

use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longest query, in characters; the longest name has half of that.
const MAX_QUERY: usize = 128;

pub(super) struct Search {
    /// Words of each name, and the place that it belongs to.
    names: Vec<(Vec<u32>, u32)>,
    words: HashMap<Box<str>, Word>,
    /// Normalised names in order, and the places that they belong to.
    beginnings: Vec<(Box<str>, u32)>,
}

/// A word and the names that contain it, in order.
#[derive(Default)]
struct Word {
    number: u32,
    names: Vec<u32>,
}

impl Search {
    /// Indexes the two names of each place, either of which may be missing.
    pub(super) fn new<'a>(names: impl Iterator<Item = [Option<&'a str>; 2]>) -> Self {
        let mut search = Self { names: Vec::new(), words: HashMap::new(), beginnings: Vec::new() };
        for (place, names) in (0_u32..).zip(names) {
            for name in names.into_iter().flatten() {
                search.add(name, place);
            }
        }
        search.beginnings.sort();
        search
    }

    /// Numbers of up to `limit` places, each once.
    pub(super) fn find(&self, query: &str, limit: usize) -> Vec<u32> {
        let query: String = query.chars().take(MAX_QUERY).collect();
        let query = query.to_lowercase().trim().replace('\'', "").replace('-', " ");
        let found = self.phrase(&query);
        let mut found = if found.is_empty() { self.beginning(&query, limit) } else { found };
        found.truncate(limit);
        found
    }

    fn add(&mut self, name: &str, place: u32) {
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let mut words = Vec::new();
        for text in words_of(&name.to_lowercase()) {
            let next = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
            let word = self
                .words
                .entry(text.into())
                .or_insert_with(|| Word { number: next, ..Word::default() });
            if word.names.last() != Some(&number) {
                word.names.push(number);
            }
            words.push(word.number);
        }
        self.names.push((words, place));
        self.beginnings.push((fold(name).into(), place));
    }

    /// Places with a name that contains the words as a phrase, those with the fewest other words first.
    fn phrase(&self, query: &str) -> Vec<u32> {
        let words: Option<Vec<&Word>> =
            words_of(query).into_iter().map(|word| self.words.get(word)).collect();
        let words = words.unwrap_or_default();
        let Some(rarest) = words.iter().min_by_key(|word| word.names.len()) else {
            return Vec::new();
        };
        let phrase: Vec<u32> = words.iter().map(|word| word.number).collect();
        let mut ranked: HashMap<u32, f64> = HashMap::new();
        for name in &rarest.names {
            let name = usize::try_from(*name).ok().and_then(|name| self.names.get(name));
            let Some((words, place)) = name else { continue };
            let times = words.windows(phrase.len()).filter(|window| *window == phrase).count();
            if times > 0 {
                let best = ranked.entry(*place).or_default();
                *best = best.max(rank(times, words.len()));
            }
        }
        let mut ranked: Vec<_> = ranked.into_iter().collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
        ranked.into_iter().map(|(place, _)| place).collect()
    }

    /// Places with a name that starts with a text, in the order of these names.
    fn beginning(&self, query: &str, limit: usize) -> Vec<u32> {
        let query = fold(query);
        let first = self.beginnings.partition_point(|(name, _)| **name < *query);
        let begin =
            self.beginnings.iter().skip(first).take_while(|(name, _)| name.starts_with(&query));
        let mut found = Vec::new();
        for (_, place) in begin {
            if found.len() == limit {
                break;
            }
            if !found.contains(place) {
                found.push(*place);
            }
        }
        found
    }
}

/// Ten times PostgreSQL's `ts_rank_cd` with normalisation 1 of a name that contains a phrase: the number of occurrences,
/// divided by a logarithm of the length of the name.
fn rank(times: usize, words: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(times) / (number(words) + 1.0).ln()
}

/// The words of a text in lower case; a compound comes before its parts.
fn words_of(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    for run in text.split(|c: char| !is_part(c)) {
        let run = run.trim_matches('-');
        let parts = run.split('-').filter(|part| !part.is_empty());
        if run.contains('-') {
            words.push(run);
        }
        words.extend(parts);
    }
    words
}

/// Normalises a name: lower case, without accents and apostrophes, with spaces for hyphens.
fn fold(name: &str) -> String {
    let plain: String = name.nfd().filter(|c| !is_combining_mark(*c)).collect();
    plain.to_lowercase().replace('-', " ").replace('\'', "")
}

#[cfg(test)]
mod tests {
    use super::{Search, fold, words_of};

    fn search(names: &[&str]) -> Search {
        Search::new(names.iter().map(|name| [Some(*name), None]))
    }

    #[test]
    fn compounds_count_as_one_word_and_as_their_parts() {
        assert_eq!(words_of("ashton-under-lyne"), ["ashton-under-lyne", "ashton", "under", "lyne"]);
        assert_eq!(words_of("john o' groats"), ["john", "o", "groats"]);
        assert!(words_of(" -' ").is_empty());
    }

    #[test]
    fn ranks_are_those_of_postgresql() {
        // ts_rank_cd(to_tsvector('simple', …), phraseto_tsquery('simple', 'abbot'), 1) of "Abbot", "Abbot Abbot" and
        // "The Abbot-on-Hill".
        for (times, words, rank) in
            [(1, 1, 0.144_269_51), (2, 2, 0.182_047_84), (1, 5, 0.055_811_062)]
        {
            assert!((super::rank(times, words) / 10.0 - rank).abs() < 1e-7);
        }
    }

    #[test]
    fn a_phrase_is_found_anywhere_and_the_shorter_name_comes_first() {
        let names = search(&["Newton Abbot", "Abbot", "Newton St Abbot", "Abbotsham"]);
        assert_eq!(names.find("abbot", 10), [1, 0, 2]);
        assert_eq!(names.find("newton abbot", 10), [0]);
        assert_eq!(names.find("ABBOT", 1), [1]);
        assert_eq!(names.find("abbots", 10), [3], "no word, but a beginning");
        assert_eq!(names.find("abbot newton", 10), [0_u32; 0]);
    }

    #[test]
    fn hyphens_apostrophes_and_accents_do_not_hide_a_name() {
        let names =
            search(&["Ashton-under-Lyne", "King's Lynn", "Ynys Môn", "Upper Stoke-on-Trent"]);
        assert_eq!(names.find("ashton under lyne", 10), [0]);
        assert_eq!(names.find("under-lyne", 10), [0]);
        assert_eq!(names.find("king's lynn", 10), [1]);
        assert_eq!(names.find("kings l", 10), [1]);
        assert_eq!(names.find("ynys mon", 10), [2]);
        assert_eq!(names.find("ynys m\u{f4}n", 10), [2]);
        // As in PostgreSQL, where the compound is between the two words.
        assert_eq!(names.find("upper stoke", 10), [3], "by its beginning");
        assert_eq!(fold("Ŵaun-Ddu"), "waun ddu");
    }

    #[test]
    fn a_place_with_two_names_is_found_once() {
        let names = Search::new([[Some("Caernarfon"), Some("Caernarfon Caer")]].into_iter());
        assert_eq!(names.find("caernarfon", 10), [0]);
        assert_eq!(names.find("caer", 10), [0]);
        assert_eq!(names.find("caern", 10), [0]);
    }
}
