//! Why there is no answer, and what status that is.

use kit::http::problem::{FieldError, Problem};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no address.
    #[error("{field}: {}", Self::NO_ADDRESS)]
    Malformed {
        /// The parameter at fault.
        field: &'static str,
    },
}

impl Error {
    /// Said of a text that is no address.
    pub(crate) const NO_ADDRESS: &str = "this is neither an IPv4 nor an IPv6 address";
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed { field } => {
                Self::invalid(vec![FieldError::new(field, "malformed", Error::NO_ADDRESS)])
            }
        }
    }
}
