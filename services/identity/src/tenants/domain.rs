//! What an organisation is.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Longest public name.
pub(crate) const MAX_NAME: usize = 120;
/// Longest short name.
const MAX_SLUG: usize = 40;

/// An organisation, the controller of its people's data.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// A public name without surrounding space, of one line.
pub(crate) fn name(text: &str) -> Result<String, &'static str> {
    // Before trimming, so that a line break at the end is refused too.
    let is_one_line = !text.chars().any(breaks_a_line);
    let text = text.trim();
    let fits = (1..=MAX_NAME).contains(&text.chars().count());
    let seen = text.chars().any(char::is_alphanumeric);
    if fits && seen && is_one_line {
        Ok(text.to_owned())
    } else {
        Err("one line of 1 to 120 characters")
    }
}

/// Control characters, the Unicode line breaks, and marks that reorder what a reader of a mail sees.
fn breaks_a_line(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A short name: what stands in URLs.
pub(crate) fn slug(text: &str) -> Result<String, &'static str> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (2..=MAX_SLUG).contains(&text.len()) && text.chars().all(is_inner);
    if fits && !text.starts_with('-') && !text.ends_with('-') {
        Ok(text.to_owned())
    } else {
        Err("2 to 40 of a-z, 0-9 and -, not at the ends")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_and_slugs_fit_a_url() {
        assert_eq!(name("  Clean Rivers ").unwrap(), "Clean Rivers");
        assert!(
            name("two\nlines").is_err() && name(" ").is_err() && name(&"x".repeat(121)).is_err()
        );
        for bad in ["evil\u{202e}", "a\u{2028}b", "\u{200b}", "Clean Rivers\n"] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(slug("clean-rivers").is_ok());
        for bad in ["x", "-x", "x-", "Clean", "a b", "ä-ö"] {
            assert!(slug(bad).is_err(), "{bad}");
        }
    }
}
