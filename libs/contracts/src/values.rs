//! Values that several services parse, each with one form: whoever compares, counts or stores them asks here.

use std::borrow::Cow;

pub mod email;
pub mod postcode;

/// Why a value of a request is refused. Never repeats the value, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue {
    /// Stable, for machines: `required`, `too_long`, `malformed`, …
    pub code: &'static str,
    /// For people: a predicate of the field, such as "must not be empty".
    pub detail: Cow<'static, str>,
}

impl InvalidValue {
    /// A field that must be given and is not.
    pub const REQUIRED: Self = Self::new("required", "is required");

    /// An error with a fixed detail.
    pub const fn new(code: &'static str, detail: &'static str) -> Self {
        Self { code, detail: Cow::Borrowed(detail) }
    }

    /// An error whose detail names a limit or the allowed values.
    pub fn with(code: &'static str, detail: String) -> Self {
        Self { code, detail: Cow::Owned(detail) }
    }
}
