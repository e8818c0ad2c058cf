//! Finds postcodes in text. Scanners and people confuse `O` with zero and `I` with one: a text that is not an existing postcode
//! is first repaired to one that exists, and only otherwise reported as unknown.

use arrayvec::{ArrayString, ArrayVec};

use contracts::values::postcode::Postcode;

/// Shortest postcode without its space.
const SHORTEST: usize = 5;
/// Longest postcode without its space.
const LONGEST: usize = 7;
/// Most postcodes from one text.
pub const MAX_FOUND: usize = 100;

/// A postcode in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    pub postcode: Postcode,
    /// Byte offsets in the text.
    pub start: usize,
    pub end: usize,
    /// Whether letters and digits were exchanged to read it.
    pub repaired: bool,
}

/// A run of letters and digits.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

/// A possible postcode: a word, or two adjacent words.
struct Candidate {
    text: ArrayString<LONGEST>,
    end: usize,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

impl Candidate {
    /// None if the halves are too short or too long for a postcode.
    fn new(halves: [&str; 2], end: usize) -> Option<Self> {
        let mut text = ArrayString::new();
        for half in halves {
            text.try_push_str(half).ok()?;
        }
        (text.len() >= SHORTEST).then_some(Self { text, end })
    }
}

/// The postcodes of a text, in order.
pub fn find(text: &str, exists: impl Fn(Postcode) -> bool) -> Vec<Match> {
    let words = words(text);
    let mut found = Vec::new();
    let mut rest = words.as_slice();
    while let [first, after @ ..] = rest
        && found.len() < MAX_FOUND
    {
        let second = after.first().filter(|second| is_gap(text, first.end(), second.start));
        let both =
            second.and_then(|second| Candidate::new([first.text, second.text], second.end()));
        let alone = Candidate::new([first.text, ""], first.end());
        let candidates: ArrayVec<Candidate, 2> = both.into_iter().chain(alone).collect();
        match read(&candidates, &exists) {
            Some((postcode, end, repaired)) => {
                found.push(Match { postcode, start: first.start, end, repaired });
                let taken = rest.iter().take_while(|word| word.start < end).count();
                rest = rest.get(taken..).unwrap_or_default();
            }
            None => rest = after,
        }
    }
    found
}

/// A postcode, where it ends, and whether it was repaired: one that exists as written, otherwise one that exists once
/// repaired, otherwise an unknown one.
fn read(
    candidates: &[Candidate],
    exists: &impl Fn(Postcode) -> bool,
) -> Option<(Postcode, usize, bool)> {
    let exact = |candidate: &Candidate| {
        Some((Postcode::parse(&candidate.text).ok()?, candidate.end, false))
    };
    let mended =
        |candidate: &Candidate| Some((repair(&candidate.text, exists)?, candidate.end, true));
    let written: ArrayVec<_, 2> = candidates.iter().filter_map(exact).collect();
    let known = written.iter().copied().find(|(postcode, ..)| exists(*postcode));
    let unknown = || written.iter().copied().find(|(postcode, ..)| !is_ordinal(*postcode));
    known.or_else(|| candidates.iter().find_map(mended)).or_else(unknown)
}

/// Whether a postcode ends like an ordinal: `A40 3rd` is more likely a road and an ordinal than an unknown postcode.
fn is_ordinal(postcode: Postcode) -> bool {
    let incode = postcode.incode();
    let (number, suffix) = incode.split_at_checked(1).unwrap_or_default();
    suffix
        == match number {
            "1" => "ST",
            "2" => "ND",
            "3" => "RD",
            _ => "TH",
        }
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
    let doubtful: ArrayVec<usize, LONGEST> =
        text.bytes().enumerate().filter_map(|(at, byte)| other(byte).map(|_| at)).collect();
    let mut best: Option<(u32, Postcode)> = None;
    let mut is_tied = false;
    for exchanged in 1_u32..1 << doubtful.len() {
        let count = exchanged.count_ones();
        if best.is_some_and(|(fewest, _)| fewest < count) {
            continue;
        }
        let variant = exchange(text, &doubtful, exchanged);
        let Some(postcode) = Postcode::parse(&variant).ok().filter(|found| exists(*found)) else {
            continue;
        };
        is_tied = best.is_some_and(|(fewest, _)| fewest == count);
        best = Some((count, postcode));
    }
    best.filter(|_| !is_tied).map(|(_, postcode)| postcode)
}

/// The text with some of the ambiguous characters exchanged; `exchanged` has a bit for each of them.
fn exchange(text: &str, doubtful: &[usize], exchanged: u32) -> ArrayString<LONGEST> {
    let is_exchanged = |at: usize| {
        let place = doubtful.iter().position(|doubtful| *doubtful == at);
        place.is_some_and(|place| exchanged >> place & 1 == 1)
    };
    let mut variant = ArrayString::new();
    for (at, character) in text.char_indices() {
        let byte = u8::try_from(character).ok().and_then(other).filter(|_| is_exchanged(at));
        // The capacity is that of the text.
        let _ = variant.try_push(byte.map_or(character, char::from));
    }
    variant
}

/// The character that this one may be confused with.
fn other(byte: u8) -> Option<u8> {
    match byte {
        b'O' | b'o' => Some(b'0'),
        b'0' => Some(b'O'),
        b'I' | b'i' => Some(b'1'),
        b'1' => Some(b'I'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::find;
    use contracts::values::postcode::Postcode;

    const LISTED: [&str; 7] =
        ["OX1 0AA", "OX4 1AA", "EC1A 1BB", "M1 1AA", "N21 3AB", "LE1 6TH", "SE20 8XX"];

    fn found(text: &str) -> Vec<(String, String, bool)> {
        let listed = LISTED.map(|text| Postcode::parse(text).unwrap());
        let all = find(text, |postcode| listed.contains(&postcode));
        let shown = all.iter().map(|one| {
            (one.postcode.to_string(), text[one.start..one.end].to_owned(), one.repaired)
        });
        shown.collect()
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
    fn a_text_of_the_right_form_is_repaired_unless_it_exists() {
        assert_eq!(found("N2I 3AB"), one("N21 3AB", "N2I 3AB", true));
        assert_eq!(found("se2o 8xx"), one("SE20 8XX", "se2o 8xx", true));
        assert_eq!(found("N2I 3AC"), one("N2I 3AC", "N2I 3AC", false), "neither exists");
        // Both exist: the text as written has precedence.
        let both = ["N21 3AB", "N2I 3AB"].map(|text| Postcode::parse(text).unwrap());
        let read = find("N2I 3AB", |postcode| both.contains(&postcode));
        assert_eq!((read[0].postcode, read[0].repaired), (both[1], false));
        // Two repairs with equally few exchanges: ambiguous.
        let either = ["SO1 1AB", "S0I 1AB"].map(|text| Postcode::parse(text).unwrap());
        assert_eq!(find("SOI 1AB", |postcode| either.contains(&postcode)), []);
    }

    #[test]
    fn a_road_and_an_ordinal_are_not_a_postcode_unless_it_exists() {
        for text in ["A40 3rd exit", "the M1 2ND time", "A1 1st", "B6 4th", "E17 9TH"] {
            assert_eq!(found(text), [], "{text}");
        }
        assert_eq!(found("LE1 6TH"), one("LE1 6TH", "LE1 6TH", false));
        assert_eq!(found("OX9 3ST"), one("OX9 3ST", "OX9 3ST", false));
    }

    #[test]
    fn what_is_not_a_postcode_is_not_found() {
        for text in
            ["", " ", "call 07700 900123", "room 101 at 10", "ABC1 1AB", "é1 1AA", "OX4, 1AA"]
        {
            assert_eq!(found(text), [], "{text}");
        }
        assert_eq!(find(&"M1 1AA ".repeat(1_000), |_| true).len(), super::MAX_FOUND);
    }
}
