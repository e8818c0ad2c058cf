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

    /// The code at the end of a question, and what stands before it: an address ends with its postcode.
    pub(super) fn at_end(text: &str) -> (Option<Self>, &str) {
        let trimmed = text.trim().trim_end_matches([',', '.', ';']).trim_end();
        let is_gap = |c: char| c.is_whitespace() || c == ',';
        let mut cuts = trimmed.rmatch_indices(is_gap).map(|(at, gap)| (at, at + gap.len()));
        let (last, second) = (cuts.next(), cuts.next());
        for (before, from) in [second, last].into_iter().flatten() {
            let (Some(head), Some(tail)) = (trimmed.get(..before), trimmed.get(from..)) else {
                continue;
            };
            // What an address ends with is a whole code; a word such as `E1` may be anything.
            if let Some(code @ Self::Whole(_)) = Self::read(tail) {
                return (Some(code), head.trim_end_matches([',', ' ']));
            }
        }
        match Self::read(trimmed) {
            Some(code) => (Some(code), ""),
            None => (None, text),
        }
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
    fn the_code_at_the_end_of_an_address_is_parted_from_it() {
        let address = "12 Granby Street, Leicester LE1 6TH";
        assert_eq!(Code::at_end(address), (Some(whole("LE1 6TH")), "12 Granby Street, Leicester"));
        assert_eq!(Code::at_end("Leicester, le16th."), (Some(whole("LE1 6TH")), "Leicester"));
        assert_eq!(Code::at_end("LE1 6TH"), (Some(whole("LE1 6TH")), ""));
        assert_eq!(Code::at_end("LE1"), (Some(Code::Outcode("LE1".to_owned())), ""));
        assert_eq!(Code::at_end("Leeds 1"), (None, "Leeds 1"));
        assert_eq!(Code::at_end("Nord Norge 6TH É"), (None, "Nord Norge 6TH É"));
    }
}
