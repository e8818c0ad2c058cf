//! Finds postcodes in text. An `O` for a zero and an `I` for a one are repaired, but only where that makes a postcode that
//! exists: the directory decides, given as a question.

use crate::postcode::domain::Postcode;

/// Shortest and longest postcode without its space.
const COMPACT: std::ops::RangeInclusive<usize> = 5..=7;
/// The most that is found in one text.
pub const MAX_FOUND: usize = 100;

/// A postcode in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub postcode: Postcode,
    /// Bytes of the text.
    pub start: usize,
    pub end: usize,
    /// Whether a letter and a digit were taken for one another.
    pub repaired: bool,
}

/// A run of letters and digits.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The postcodes of a text, in its order.
pub fn find(text: &str, exists: impl Fn(Postcode) -> bool) -> Vec<Found> {
    let words = words(text);
    let mut found = Vec::new();
    let mut rest = words.as_slice();
    while let [first, after @ ..] = rest
        && found.len() < MAX_FOUND
    {
        let pair = after.first().filter(|second| is_gap(text, first.end(), second.start));
        let both = pair.map(|second| (format!("{}{}", first.text, second.text), second.end()));
        let alone = Some((first.text.to_owned(), first.end()));
        let candidates = [both, alone];
        let fitting =
            || candidates.iter().flatten().filter(|(text, _)| COMPACT.contains(&text.len()));
        let exact =
            fitting().find_map(|(text, end)| Some((Postcode::parse(text).ok()?, *end, false)));
        let mended =
            || fitting().find_map(|(text, end)| Some((repair(text, &exists)?, *end, true)));
        match exact.or_else(mended) {
            Some((postcode, end, repaired)) => {
                found.push(Found { postcode, start: first.start, end, repaired });
                let taken = rest.iter().take_while(|word| word.start < end).count();
                rest = rest.get(taken..).unwrap_or_default();
            }
            None => rest = after,
        }
    }
    found
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (at, c) in ends {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.extend(text.get(from..at).map(|text| Word { text, start: from }));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Whether two words may be the halves of a postcode: at most two spaces between them, or a hyphen.
fn is_gap(text: &str, from: usize, to: usize) -> bool {
    let gap = text.get(from..to).unwrap_or_default();
    gap == "-" || gap.len() <= 2 && gap.chars().all(|c| c == ' ' || c == '\u{a0}')
}

/// The existing postcode with the fewest exchanges of `O` and `0`, `I` and `1`; none if there is none, or if two need as few.
fn repair(text: &str, exists: &impl Fn(Postcode) -> bool) -> Option<Postcode> {
    let text = text.to_ascii_uppercase();
    let doubtful: Vec<usize> =
        text.bytes().enumerate().filter_map(|(at, byte)| other(byte).map(|_| at)).collect();
    let variants = (1_u32..1 << doubtful.len()).filter_map(|exchanged| {
        let mut bytes = text.clone().into_bytes();
        for (number, at) in doubtful.iter().enumerate() {
            if exchanged >> number & 1 == 1
                && let Some(byte) = bytes.get_mut(*at)
            {
                *byte = other(*byte)?;
            }
        }
        let postcode = Postcode::parse(std::str::from_utf8(&bytes).ok()?).ok()?;
        exists(postcode).then_some((exchanged.count_ones(), postcode))
    });
    let mut variants: Vec<(u32, Postcode)> = variants.collect();
    variants.sort_unstable();
    match variants.as_slice() {
        [(_, only)] => Some(*only),
        [(fewest, best), (next, _), ..] if fewest < next => Some(*best),
        _ => None,
    }
}

fn other(byte: u8) -> Option<u8> {
    match byte {
        b'O' => Some(b'0'),
        b'0' => Some(b'O'),
        b'I' => Some(b'1'),
        b'1' => Some(b'I'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::postcode::domain::Postcode;

    const LISTED: [&str; 4] = ["OX1 0AA", "OX4 1AA", "EC1A 1BB", "M1 1AA"];

    fn found(text: &str) -> Vec<(String, String, bool)> {
        let listed = LISTED.map(|text| Postcode::parse(text).unwrap());
        let all = find(text, |postcode| listed.contains(&postcode));
        let told = all.iter().map(|one| {
            (one.postcode.to_string(), text[one.start..one.end].to_owned(), one.repaired)
        });
        told.collect()
    }

    fn one(postcode: &str, text: &str, repaired: bool) -> Vec<(String, String, bool)> {
        vec![(postcode.to_owned(), text.to_owned(), repaired)]
    }

    #[test]
    fn postcodes_are_found_between_other_words_whatever_their_space_and_case() {
        for (text, written) in [
            ("1 Cowley Road, Oxford ox4 1aa", "ox4 1aa"),
            ("OX41AA", "OX41AA"),
            ("(OX4-1AA)", "OX4-1AA"),
            ("Straße 7, OX4\u{a0}1AA.", "OX4\u{a0}1AA"),
        ] {
            assert_eq!(found(text), one("OX4 1AA", written, false), "{text}");
        }
        let two = found("from M1 1AA to OX4 1AA");
        assert_eq!(
            two.iter().map(|(postcode, ..)| postcode.as_str()).collect::<Vec<_>>(),
            ["M1 1AA", "OX4 1AA"]
        );
    }

    #[test]
    fn letters_and_digits_are_repaired_only_to_what_exists() {
        assert_eq!(found("0X4 IAA"), one("OX4 1AA", "0X4 IAA", true));
        assert_eq!(found("OXI OAA"), one("OX1 0AA", "OXI OAA", true));
        assert_eq!(found("ECIA 1BB"), one("EC1A 1BB", "ECIA 1BB", true));
        assert_eq!(found("0X9 IAA"), []);
    }

    #[test]
    fn what_is_no_postcode_is_not_found() {
        for text in
            ["", " ", "call 07700 900123", "room 101 at 10", "ABC1 1AB", "é1 1AA", "OX4, 1AA"]
        {
            assert_eq!(found(text), [], "{text}");
        }
        assert_eq!(find(&"M1 1AA ".repeat(1_000), |_| true).len(), super::MAX_FOUND);
    }
}
