//! Collects the invalid fields of a request, so that all of them are reported at once.

use std::borrow::Cow;

use contracts::values::InvalidValue;

use super::problem::{FieldError, Problem};

/// The invalid fields so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Parses a required field. If it is missing or invalid, records that and returns `None`.
    pub fn required<T, U>(
        &mut self,
        pointer: impl Into<Cow<'static, str>>,
        given: Option<T>,
        parse: impl FnOnce(T) -> Result<U, InvalidValue>,
    ) -> Option<U> {
        if given.is_none() {
            self.add(pointer, InvalidValue::REQUIRED);
            return None;
        }
        self.optional(pointer, given, parse)
    }

    /// Parses an optional field. If it is invalid, records that and returns `None`.
    pub fn optional<T, U>(
        &mut self,
        pointer: impl Into<Cow<'static, str>>,
        given: Option<T>,
        parse: impl FnOnce(T) -> Result<U, InvalidValue>,
    ) -> Option<U> {
        parse(given?).map_err(|invalid| self.add(pointer, invalid)).ok()
    }

    /// Records an invalid field by its RFC 6901 pointer into the body, e.g. `/message/subject`, or by a parameter's name.
    pub fn add(&mut self, pointer: impl Into<Cow<'static, str>>, invalid: InvalidValue) {
        self.0.push(FieldError::new(pointer, invalid.code, invalid.detail));
    }

    /// Whether this field was recorded.
    pub fn contains(&self, pointer: &str) -> bool {
        self.0.iter().any(|field| field.pointer == pointer)
    }

    /// Returns the value, unless a field is invalid. If `value` is `None`, at least one must be.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}
