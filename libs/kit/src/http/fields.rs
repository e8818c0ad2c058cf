//! Collects the invalid fields of a request, so that the client is told all of them at once.

use std::borrow::Cow;

use contracts::values::InvalidValue;

use super::problem::{FieldError, Problem};

/// The invalid fields found so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Parses a field that must be given; none if it is missing or invalid, which is then recorded.
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

    /// Parses a field if it is given; none if it is not or is invalid, which is then recorded.
    pub fn optional<T, U>(
        &mut self,
        pointer: impl Into<Cow<'static, str>>,
        given: Option<T>,
        parse: impl FnOnce(T) -> Result<U, InvalidValue>,
    ) -> Option<U> {
        parse(given?).map_err(|invalid| self.add(pointer, invalid)).ok()
    }

    /// Records an invalid field: an RFC 6901 pointer into the body, or the name of a parameter.
    pub fn add(&mut self, pointer: impl Into<Cow<'static, str>>, invalid: InvalidValue) {
        self.0.push(FieldError::new(pointer, invalid.code, invalid.detail));
    }

    /// Whether this field was recorded.
    pub fn contains(&self, pointer: &str) -> bool {
        self.0.iter().any(|field| field.pointer == pointer)
    }

    /// The value, unless a field is invalid. `None` must come with at least one recorded field.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}
