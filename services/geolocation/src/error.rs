//! Why there is no answer, and what status that is.

use kit::problem::{FieldError, Problem};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no address.
    #[error("this is neither an IPv4 nor an IPv6 address")]
    Malformed,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match &error {
            Error::Malformed => {
                Self::invalid(vec![FieldError::new("ip", "malformed", error.to_string())])
            }
        }
    }
}
