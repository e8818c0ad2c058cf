//! Values that several nouns parse.

use contracts::values::InvalidValue;

const MAX_NAME: usize = 120;
const NAME: InvalidValue = InvalidValue::new(
    "malformed",
    "must be one line of 1 to 120 characters, with a letter or a digit",
);

/// The name of an organisation, a person or a key: one line, trimmed.
pub(crate) fn name(text: &str) -> Result<String, InvalidValue> {
    // Before trimming, so that a line break at the end is refused too.
    let is_one_line = !text.chars().any(breaks_a_line);
    let text = text.trim();
    let fits = (1..=MAX_NAME).contains(&text.chars().count());
    if is_one_line && fits && text.chars().any(char::is_alphanumeric) {
        Ok(text.to_owned())
    } else {
        Err(NAME)
    }
}

/// Control characters, the Unicode line breaks, and marks that reorder what the reader of an email sees.
fn breaks_a_line(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_of_visible_characters() {
        assert_eq!(name("  Clean Rivers ").unwrap(), "Clean Rivers");
        for bad in ["two\nlines", " ", "evil\u{202e}", "a\u{2028}b", "\u{200b}", "Clean Rivers\n"] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(name(&"x".repeat(121)).is_err());
    }
}
