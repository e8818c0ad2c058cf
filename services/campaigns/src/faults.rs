//! Gathers what is wrong with a request, so that all of it is told at once.

use kit::problem::{FieldError, Problem};

use crate::values::Fault;

/// The faults found so far.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    /// A field that must be there and be right. `None` means that its fault is noted.
    pub(crate) fn required<T, U>(
        &mut self,
        pointer: &str,
        given: Option<T>,
        parse: impl FnOnce(T) -> Result<U, Fault>,
    ) -> Option<U> {
        if given.is_none() {
            self.add(pointer, Fault { code: "required", detail: "is required" });
        }
        self.optional(pointer, given, parse)
    }

    /// A field that must be right when it is there.
    pub(crate) fn optional<T, U>(
        &mut self,
        pointer: &str,
        given: Option<T>,
        parse: impl FnOnce(T) -> Result<U, Fault>,
    ) -> Option<U> {
        match parse(given?) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.add(pointer, fault);
                None
            }
        }
    }

    /// Notes a fault.
    pub(crate) fn add(&mut self, pointer: impl Into<String>, fault: Fault) {
        self.0.push(FieldError::new(pointer.into(), fault.code, fault.detail));
    }

    /// The value, when nothing was wrong.
    pub(crate) fn or<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}
