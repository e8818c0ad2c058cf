//! Values that several services parse, compare or count, and that must have the same form in all of them.

use std::borrow::Cow;

pub mod email;
pub mod postcode;

/// Why a value in a request is not valid. It does not repeat the value, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue {
    /// For machines; never changes: `required`, `too_long`, `malformed`, …
    pub code: &'static str,
    /// For people: a predicate of the field, such as "must not be empty".
    pub detail: Cow<'static, str>,
}

impl InvalidValue {
    /// A required field is missing.
    pub const REQUIRED: Self = Self::new("required", "is required");

    /// An error with a fixed detail.
    pub const fn new(code: &'static str, detail: &'static str) -> Self {
        Self { code, detail: Cow::Borrowed(detail) }
    }

    /// An error whose detail names a limit or the allowed values.
    pub fn with_detail(code: &'static str, detail: String) -> Self {
        Self { code, detail: Cow::Owned(detail) }
    }
}

/// Whether nothing is seen of a character: white space of every script, soft hyphens, joiners, direction marks, byte-order
/// marks. Pasted text has them at its ends; inside, emoji and some scripts need the joiners.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{3164}')
}
