//! Postcodes inside a question: whole ones, and beginnings of one. What exists is the postcodes service's to say.

/// A text in the form of a postcode or of its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// `LE1 6TH`
    Whole(String),
    /// `LE1`, which is an outcode, but may go on (`LE16`).
    Outcode(String),
    /// `LE1 6`, `LE1 6T`
    Begun(String),
}

impl Code {
    /// Reads a text that is nothing but a code.
    pub(super) fn read(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let mut words = upper.split_whitespace();
        match (words.next()?, words.next(), words.next()) {
            (outcode, Some(incode), None) if is_outcode(outcode) => match incode.len() {
                3 if is_incode(incode) => Some(Self::Whole(format!("{outcode} {incode}"))),
                1 | 2 if begins_incode(incode) => Some(Self::Begun(format!("{outcode} {incode}"))),
                _ => None,
            },
            (code, None, None) => Self::unspaced(code),
            _ => None,
        }
    }

    /// The code in a question, and the rest of it: an address has its postcode at the end or in front. Among other words
    /// only a whole code counts; one such as `E1` may be anything.
    pub(super) fn within(text: &str) -> (Option<Self>, String) {
        if let Some(code) = Self::read(text.trim_matches([',', '.', ';', ' '])) {
            return (Some(code), String::new());
        }
        let words = words(text);
        for length in [2, 1] {
            for run in words.windows(length) {
                let joined = run.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
                if let Some(code @ Self::Whole(_)) = Self::read(joined.trim_end_matches(['.', ';']))
                {
                    return (Some(code), without(text, run));
                }
            }
        }
        (None, text.to_owned())
    }

    /// In its written form.
    pub(super) fn as_str(&self) -> &str {
        let (Self::Whole(code) | Self::Outcode(code) | Self::Begun(code)) = self;
        code
    }

    fn unspaced(code: &str) -> Option<Self> {
        let (outcode, incode) =
            code.split_at_checked(code.len().checked_sub(3)?).unwrap_or((code, ""));
        if is_outcode(outcode) && is_incode(incode) {
            return Some(Self::Whole(format!("{outcode} {incode}")));
        }
        if is_outcode(code) {
            return Some(Self::Outcode(code.to_owned()));
        }
        // `LE16T` can only be LE1 6T.
        (1..=2).find_map(|short| {
            let (outcode, incode) = code.split_at_checked(code.len().checked_sub(short)?)?;
            let begun = is_outcode(outcode) && begins_incode(incode);
            begun.then(|| Self::Begun(format!("{outcode} {incode}")))
        })
    }
}

/// Words with where they begin.
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

/// The text without a run of its words, its commas kept: they say what belongs together.
fn without(text: &str, run: &[(usize, &str)]) -> String {
    let (Some((from, _)), Some((last, word))) = (run.first(), run.last()) else {
        return text.to_owned();
    };
    let (head, tail) = (text.get(..*from), text.get(last + word.len()..));
    let rest = format!("{} {}", head.unwrap_or_default(), tail.unwrap_or_default());
    rest.trim_matches([',', '.', ';', ' ']).to_owned()
}

/// One or two letters, a digit, and a digit or letter more at most.
fn is_outcode(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = text.as_bytes().get(letters..).unwrap_or_default();
    let one_more = rest.get(1).is_none_or(u8::is_ascii_alphanumeric);
    (1..=2).contains(&letters)
        && (1..=2).contains(&rest.len())
        && rest.first().is_some_and(u8::is_ascii_digit)
        && one_more
}

fn is_incode(text: &str) -> bool {
    text.len() == 3 && begins_incode(text)
}

fn begins_incode(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_digit())
        && bytes.all(|letter| letter.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::Code;

    fn whole(code: &str) -> Code {
        Code::Whole(code.to_owned())
    }

    #[test]
    fn whole_codes_are_read_however_they_are_written() {
        for text in ["LE1 6TH", "le16th", " Le1  6tH "] {
            assert_eq!(Code::read(text), Some(whole("LE1 6TH")), "{text}");
        }
        assert_eq!(Code::read("SW1A1AA"), Some(whole("SW1A 1AA")));
        assert_eq!(Code::read("M1 1AE"), Some(whole("M1 1AE")));
    }

    #[test]
    fn beginnings_are_told_from_outcodes() {
        assert_eq!(Code::read("LE1"), Some(Code::Outcode("LE1".to_owned())));
        assert_eq!(Code::read("le16"), Some(Code::Outcode("LE16".to_owned())));
        assert_eq!(Code::read("LE1 6"), Some(Code::Begun("LE1 6".to_owned())));
        assert_eq!(Code::read("LE16T"), Some(Code::Begun("LE1 6T".to_owned())));
        assert_eq!(Code::read("LE1 6T"), Some(Code::Begun("LE1 6T".to_owned())));
    }

    #[test]
    fn words_and_numbers_are_no_codes() {
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
            assert_eq!(Code::read(text), None, "{text}");
        }
    }

    #[test]
    fn the_code_of_an_address_is_parted_from_it() {
        let found = |text| {
            let (code, rest) = Code::within(text);
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
