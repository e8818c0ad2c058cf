//! Errors and their status.

use actix_web::http::StatusCode;
use kit::http::problem::Problem;

use contracts::values::postcode::Malformed;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No directory is loaded.
    #[error("the postcode data is not loaded yet")]
    NotLoaded,
    /// The text does not have the form of a postcode.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The postcode is not in the directory.
    #[error("is not in the directory")]
    Unknown,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match &error {
            Error::NotLoaded => {
                let title = "The postcode data is not loaded yet";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "data_not_loaded", title).retry_after(60)
            }
            // For our own routes a malformed postcode is just as unknown as one that is not listed.
            Error::Malformed(_) | Error::Unknown => {
                Self::not_found("postcode").detail(format!("The postcode {error}"))
            }
        }
    }
}
