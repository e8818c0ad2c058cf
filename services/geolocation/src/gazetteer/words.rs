//! A question in words, and the ways of reading it: which words are a name, and which are its context.

use super::text::normalise;

/// Most words of a question that are used; the longest British place name has fewer.
const MAX_WORDS: usize = 12;

/// A question in words.
#[derive(Clone, Debug)]
pub struct Words {
    /// The parts between commas, as normalised words.
    parts: Vec<Vec<String>>,
    /// Whether the last word may be unfinished.
    pub(super) unfinished: bool,
}

/// Some words as a name, the words after it as the context: where the place is.
pub(super) struct Reading<'a> {
    pub(super) name: String,
    pub(super) context: Vec<&'a str>,
    /// Whether the name is everything before a comma, which says that it is one.
    pub(super) is_whole_part: bool,
    /// Whether words before the name were skipped.
    pub(super) ignored: bool,
    /// Whether the last word may be unfinished.
    pub(super) unfinished: bool,
}

impl Words {
    /// Splits a question at its commas; without one, every way of splitting it is tried.
    pub fn new(text: &str, unfinished: bool) -> Self {
        let parts = text.split([',', '\n', ';']).map(|part| {
            normalise(part).split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect()
        });
        let parts: Vec<Vec<String>> =
            parts.filter(|words: &Vec<String>| !words.is_empty()).collect();
        Self { parts, unfinished }
    }

    /// A name with its context.
    pub fn structured(name: &str, context: &[&str]) -> Self {
        Self::new(&[&[name], context].concat().join(","), false)
    }

    /// All ways of reading the words, the most likely first: from the first word, with as many words as possible.
    pub(super) fn readings(&self) -> Vec<Reading<'_>> {
        let words: Vec<(usize, &str)> = self
            .parts
            .iter()
            .enumerate()
            .flat_map(|(part, words)| words.iter().map(move |word| (part, word.as_str())))
            .take(MAX_WORDS)
            .collect();
        let mut readings = Vec::new();
        for from in 0..words.len() {
            let rest = words.get(from..).unwrap_or_default();
            let part = rest.first().map(|(part, _)| *part);
            let longest = rest.iter().take_while(|(of, _)| Some(*of) == part).count();
            for length in (1..=longest).rev() {
                let Some((name, context)) = rest.split_at_checked(length) else { continue };
                readings.push(Reading {
                    name: name.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" "),
                    context: context.iter().map(|(_, word)| *word).collect(),
                    is_whole_part: from == 0 && length == longest,
                    ignored: from > 0,
                    unfinished: self.unfinished,
                });
            }
        }
        readings
    }
}

impl Reading<'_> {
    /// Whether the name is longer than its context.
    pub(super) fn is_mostly_name(&self) -> bool {
        let context: usize = self.context.iter().map(|word| word.len()).sum();
        self.name.len() >= context
    }
}
