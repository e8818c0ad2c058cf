//! Postcodes in a question: complete ones, and the start of one. Whether they exist is up to the postcodes service.

use contracts::values::postcode::{Postcode, outcode_number};

/// A text in the form of a postcode or of the start of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// `LE1 6TH`
    Whole(String),
    /// `LE1`, which is an outcode, but may be the start of another (`LE16`).
    Outcode(String),
    /// `LE1 6`, `LE1 6T`
    Partial(String),
}

impl Code {
    /// Parses a text that is nothing but a code.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let mut words = upper.split_whitespace();
        match (words.next()?, words.next(), words.next()) {
            (outcode, Some(incode), None) if incode.len() == 3 => Self::whole(outcode, incode),
            (outcode, Some(incode), None) => Self::partial(outcode, incode),
            (code, None, None) => Self::parse_compact(code),
            _ => None,
        }
    }

    /// The code in a question, and the rest of it: an address has its postcode at the end or the start. Among other words
    /// only a complete code counts, since one such as `E1` may be anything.
    pub(super) fn extract(text: &str) -> (Option<Self>, String) {
        if let Some(code) = Self::parse(text.trim_matches([',', '.', ';', ' '])) {
            return (Some(code), String::new());
        }
        let words = words(text);
        for length in [2, 1] {
            for run in words.windows(length) {
                let joined = run.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
                let code = Self::parse(joined.trim_end_matches(['.', ';']));
                if let Some(code @ Self::Whole(_)) = code {
                    return (Some(code), without(text, run));
                }
            }
        }
        (None, text.to_owned())
    }

    /// The code as it is written.
    pub(super) fn as_str(&self) -> &str {
        let (Self::Whole(code) | Self::Outcode(code) | Self::Partial(code)) = self;
        code
    }

    fn parse_compact(code: &str) -> Option<Self> {
        if let Ok(postcode) = Postcode::parse(code) {
            return Some(Self::Whole(postcode.to_string()));
        }
        if is_outcode(code) {
            return Some(Self::Outcode(code.to_owned()));
        }
        // `LE16T` can only be LE1 6T.
        (1..=2).find_map(|short| {
            let (outcode, incode) = code.split_at_checked(code.len().checked_sub(short)?)?;
            Self::partial(outcode, incode)
        })
    }

    fn whole(outcode: &str, incode: &str) -> Option<Self> {
        let postcode = Postcode::parse(&format!("{outcode} {incode}")).ok()?;
        Some(Self::Whole(postcode.to_string()))
    }

    /// From an outcode and one or two characters of an incode.
    fn partial(outcode: &str, incode: &str) -> Option<Self> {
        let is_start = match incode.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [digit, letter] => digit.is_ascii_digit() && letter.is_ascii_uppercase(),
            _ => false,
        };
        (is_outcode(outcode) && is_start).then(|| Self::Partial(format!("{outcode} {incode}")))
    }
}

/// Words with their positions.
fn words(text: &str) -> Vec<(usize, &str)> {
    let is_gap = |c: char| c.is_whitespace() || c == ',';
    let (mut words, mut from) = (Vec::new(), 0);
    for part in text.split_inclusive(is_gap) {
        let word = part.trim_end_matches(is_gap);
        if !word.is_empty() {
            words.push((from, word));
        }
        from += part.len();
    }
    words
}

/// The text without a run of its words. Its commas are kept, since they show what belongs together.
fn without(text: &str, run: &[(usize, &str)]) -> String {
    let (Some((from, _)), Some((last, word))) = (run.first(), run.last()) else {
        return text.to_owned();
    };
    let (head, tail) = (text.get(..*from), text.get(last + word.len()..));
    let rest = format!("{} {}", head.unwrap_or_default(), tail.unwrap_or_default());
    rest.trim_matches([',', '.', ';', ' ']).to_owned()
}

fn is_outcode(word: &str) -> bool {
    outcode_number(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::Code;

    fn whole(code: &str) -> Code {
        Code::Whole(code.to_owned())
    }

    #[test]
    fn whole_codes_are_parsed_in_any_spelling() {
        for text in ["LE1 6TH", "le16th", " Le1  6tH "] {
            assert_eq!(Code::parse(text), Some(whole("LE1 6TH")), "{text}");
        }
        assert_eq!(Code::parse("SW1A1AA"), Some(whole("SW1A 1AA")));
        assert_eq!(Code::parse("M1 1AE"), Some(whole("M1 1AE")));
    }

    #[test]
    fn partial_codes_are_distinguished_from_outcodes() {
        assert_eq!(Code::parse("M1"), Some(Code::Outcode("M1".to_owned())));
        assert_eq!(Code::parse("LE1"), Some(Code::Outcode("LE1".to_owned())));
        assert_eq!(Code::parse("le16"), Some(Code::Outcode("LE16".to_owned())));
        assert_eq!(Code::parse("LE1 6"), Some(Code::Partial("LE1 6".to_owned())));
        assert_eq!(Code::parse("LE16T"), Some(Code::Partial("LE1 6T".to_owned())));
        assert_eq!(Code::parse("LE1 6T"), Some(Code::Partial("LE1 6T".to_owned())));
    }

    #[test]
    fn words_and_numbers_are_not_codes() {
        for text in [
            "",
            "Le",
            "Leeds",
            "10",
            "10 High Street",
            "LE1 6THX",
            "LE1 66",
            "ÀB1 1AA",
            "1LE",
            "É",
            "a é",
        ] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_code_of_an_address_is_separated_from_it() {
        let found = |text| {
            let (code, rest) = Code::extract(text);
            (code.map(|code| code.as_str().to_owned()), rest)
        };
        let code = || Some("LE1 6TH".to_owned());
        let address = "12 Granby Street, Leicester LE1 6TH";
        assert_eq!(found(address), (code(), "12 Granby Street, Leicester".to_owned()));
        assert_eq!(found("Leicester, le16th."), (code(), "Leicester".to_owned()));
        assert_eq!(found("LE1 6TH Leicester"), (code(), "Leicester".to_owned()));
        assert_eq!(found("LE1 6TH"), (code(), String::new()));
        assert_eq!(found("LE1,"), (Some("LE1".to_owned()), String::new()));
        for other in ["Leeds 1", "Leicester LE1", "Nord Norge 6TH É", ""] {
            assert_eq!(found(other), (None, other.to_owned()));
        }
    }
}
