//! UK postcodes, parsed as people type them.
//!
//! A postcode has the form that postcodes.io accepts: one or two letters, a digit, an optional letter or digit, optional
//! spaces, a digit, two letters. Only the dataset knows whether it exists.

use std::fmt;

use arrayvec::ArrayString;
use serde::{Serialize, Serializer};

use super::{InvalidValue, is_invisible};

/// Longest input in bytes: eight characters and plenty of white space.
const MAX_INPUT_BYTES: usize = 32;
/// The number of possible inward codes: a digit and two letters.
pub const INWARD_CODES: u32 = 10 * 26 * 26;
/// The number of possible outcodes: a letter, a letter or none, a digit, and a digit, a letter or none.
pub const OUTCODES: u32 = 26 * 27 * 10 * 37;

/// A well-formed postcode as a number. Numbers are ordered like the texts with a space, e.g. `AB10 1AB`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Postcode(u32);

/// Why a text is not a postcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// There is nothing but white space.
    Empty,
    /// It does not have the form of a postcode.
    Shape,
}

impl Postcode {
    /// Parses a postcode in any case, with any white space and anything invisible.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        // The most common spelling does not have white space to remove.
        if let Some(postcode) = Self::tidy(text.as_bytes()) {
            return Ok(postcode);
        }
        let mut compact = [0_u8; 7];
        let mut length = 0;
        if text.len() > MAX_INPUT_BYTES {
            return Err(Malformed::Shape);
        }
        for visible in text.chars().filter(|c| !is_invisible(*c)) {
            *compact.get_mut(length).ok_or(Malformed::Shape)? =
                u8::try_from(visible).map_err(|_not_ascii| Malformed::Shape)?;
            length += 1;
        }
        let compact = compact.get(..length).unwrap_or_default();
        if compact.is_empty() {
            return Err(Malformed::Empty);
        }
        Self::tidy(compact).ok_or(Malformed::Shape)
    }

    /// Parses a postcode in any case, without white space except for a space between its halves.
    fn tidy(text: &[u8]) -> Option<Self> {
        let (outward, inward) = text.split_last_chunk::<3>()?;
        let outward = outward.strip_suffix(b" ").unwrap_or(outward);
        Some(Self(pack_outcode(outward)? * INWARD_CODES + pack_inward(*inward)?))
    }

    /// Combines the numbers of the two halves; `None` if one is out of range.
    pub fn from_numbers(outcode: u32, inward: u32) -> Option<Self> {
        (outcode < OUTCODES && inward < INWARD_CODES)
            .then_some(Self(outcode * INWARD_CODES + inward))
    }

    /// The outward half as a number below [`OUTCODES`].
    pub fn outcode_number(self) -> u32 {
        self.0 / INWARD_CODES
    }

    /// The inward half as a number below [`INWARD_CODES`].
    pub fn inward_number(self) -> u32 {
        self.0 % INWARD_CODES
    }

    /// The outward half, e.g. `AB10`.
    pub fn outcode(self) -> ArrayString<4> {
        outcode_text(self.outcode_number())
    }

    /// The inward half, e.g. `1AB`.
    pub fn incode(self) -> ArrayString<3> {
        let packed = self.inward_number();
        text([base36(packed / 676), base36(packed / 26 % 26 + 10), base36(packed % 26 + 10)])
    }

    /// The postcode without its space, e.g. `AB101AB`.
    pub fn compact(self) -> ArrayString<7> {
        let (outcode, incode) = (self.outcode(), self.incode());
        text(outcode.chars().chain(incode.chars()).map(Some))
    }

    /// The postcode as it is usually written, e.g. `AB10 1AB`.
    pub fn text(self) -> ArrayString<8> {
        let (outcode, incode) = (self.outcode(), self.incode());
        text(outcode.chars().chain([' ']).chain(incode.chars()).map(Some))
    }

    /// Whether it is in Northern Ireland (postcode area BT), where coordinates are on the Irish grid.
    pub fn is_northern_irish(self) -> bool {
        pack_outcode(b"BT0").is_some_and(|first| {
            let after = first + 10 * 37;
            (first..after).contains(&self.outcode_number())
        })
    }
}

/// The number of an outcode in any case and with any white space; `None` if it does not have the form of one.
pub fn outcode_number(text: &str) -> Option<u32> {
    let compact: String = text.split_whitespace().collect::<String>().to_ascii_uppercase();
    pack_outcode(compact.as_bytes())
}

/// The outcode that a number stands for, e.g. `AB10`.
pub fn outcode_text(packed: u32) -> ArrayString<4> {
    let (rest, last) = (packed / 37, packed % 37);
    let (rest, digit) = (rest / 10, rest % 10);
    let second = (rest % 27).checked_sub(1).and_then(|second| base36(second + 10));
    text([base36(rest / 27 + 10), second, base36(digit), last.checked_sub(1).and_then(base36)])
}

/// The digit or letter of a number below 36.
fn base36(number: u32) -> Option<char> {
    char::from_digit(number, 36).map(|digit| digit.to_ascii_uppercase())
}

/// Collects the characters that are not `None`. The capacity `N` is the longest text of its kind.
fn text<const N: usize>(characters: impl IntoIterator<Item = Option<char>>) -> ArrayString<N> {
    let mut text = ArrayString::new();
    for character in characters.into_iter().flatten() {
        let _ = text.try_push(character);
    }
    text
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "must not be empty",
            Self::Shape => "does not have the form of a UK postcode, such as AB10 1AB",
        })
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for InvalidValue {
    fn from(malformed: Malformed) -> Self {
        Self::with_detail("malformed", malformed.to_string())
    }
}

impl fmt::Display for Postcode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

impl fmt::Debug for Postcode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Postcode({self})")
    }
}

impl Serialize for Postcode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

fn pack_outcode(outward: &[u8]) -> Option<u32> {
    let (first, second, digit, last) = match *outward {
        [first, digit] => (first, None, digit, None),
        [first, second, digit] if second.is_ascii_alphabetic() => {
            (first, Some(second), digit, None)
        }
        [first, digit, last] => (first, None, digit, Some(last)),
        [first, second, digit, last] => (first, Some(second), digit, Some(last)),
        _ => return None,
    };
    let second = second.map_or(Some(0), |second| Some(letter(second)? + 1))?;
    let last = last.map_or(Some(0), |last| Some(char::from(last).to_digit(36)? + 1))?;
    Some(((letter(first)? * 27 + second) * 10 + numeral(digit)?) * 37 + last)
}

fn pack_inward([digit, first, second]: [u8; 3]) -> Option<u32> {
    Some((numeral(digit)? * 26 + letter(first)?) * 26 + letter(second)?)
}

fn letter(byte: u8) -> Option<u32> {
    let byte = byte.to_ascii_uppercase();
    byte.is_ascii_uppercase().then(|| u32::from(byte - b'A'))
}

fn numeral(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Postcode};

    #[test]
    fn case_spacing_and_invisible_characters_do_not_matter() {
        for text in [
            "AB10 1AB",
            "ab101ab",
            "  Ab10\t1aB ",
            "A B 1 0 1 A B",
            "AB10\u{a0}1AB",
            "\u{feff}AB10 1AB\u{200b}",
        ] {
            let parsed = Postcode::parse(text).map(|postcode| postcode.to_string());
            assert_eq!(parsed.as_deref(), Ok("AB10 1AB"), "{text:?}");
        }
        assert_eq!(Postcode::parse("AB10 1ÄB"), Err(Malformed::Shape));
    }

    #[test]
    fn every_form_of_outcode_is_formatted_as_it_was_parsed() {
        for text in ["M1 1AA", "M11 1AA", "W1A 0AX", "CR2 6XH", "DN55 1PT", "SW1A 2AA", "SE1P 5ZZ"]
        {
            let postcode = Postcode::parse(text).unwrap();
            assert_eq!(postcode.to_string(), text);
            let halves = (postcode.outcode_number(), postcode.inward_number());
            assert_eq!(Postcode::from_numbers(halves.0, halves.1), Some(postcode));
        }
    }

    #[test]
    fn malformed_postcodes_are_rejected() {
        assert_eq!(Postcode::parse(" \n"), Err(Malformed::Empty));
        for text in [
            "1AA",
            "A",
            "AB",
            "AB10 1A",
            "AB10 1A1",
            "10AB 1AB",
            "ABC1 1AB",
            "AB101 1AB",
            "É1 1AA",
            "M1-1AA",
            "GIR 0AA",
        ] {
            assert_eq!(Postcode::parse(text), Err(Malformed::Shape), "{text:?}");
        }
        assert_eq!(Postcode::parse(&"M1 1AA ".repeat(1_000_000)), Err(Malformed::Shape));
    }

    #[test]
    fn numbers_have_the_order_of_the_texts() {
        let sorted = [
            "AB1 9ZZ", "AB10 1AA", "AB10 1AB", "M1 1AA", "M1 1AB", "M11 1AA", "M1A 0AA", "M2 1AA",
            "ME1 1AA", "SE1 2DL", "SE1P 5ZZ",
        ];
        let packed: Vec<_> = sorted.iter().map(|text| Postcode::parse(text).unwrap()).collect();
        assert!(packed.is_sorted());
    }

    #[test]
    fn only_the_postcode_area_bt_is_northern_irish() {
        let northern_irish = |text| Postcode::parse(text).unwrap().is_northern_irish();
        assert!(northern_irish("BT1 1AA") && northern_irish("BT94 5ZZ"));
        assert!(
            !northern_irish("BS1 1AA") && !northern_irish("BU1 1AA") && !northern_irish("B1 1AA")
        );
    }
}
