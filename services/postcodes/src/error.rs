//! Why there is no answer, and what status that is.

use actix_web::http::StatusCode;
use kit::problem::Problem;

use crate::dataset::postcode::Malformed;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no directory to look in.
    #[error("data not loaded")]
    NotLoaded,
    /// The text has not the form of a postcode.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It has the form, and the directory does not hold it.
    #[error("the directory has no such postcode")]
    Unknown,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match &error {
            Error::NotLoaded => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "data_not_loaded", "data not loaded")
                    .retry_after(60)
            }
            // To a caller inside, what is no postcode is just as unknown as one that is not listed.
            Error::Malformed(_) | Error::Unknown => {
                Self::not_found("postcode").detail(error.to_string())
            }
        }
    }
}
