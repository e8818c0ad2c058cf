//! The keyring's errors and their status.

use actix_web::http::StatusCode;
use kit::{db::DbError, http::problem::Problem};

/// Why a request is not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The allow-list does not give this service this compartment for this purpose.
    #[error("not on the allow-list")]
    NotAllowed,
    /// More than a batch.
    #[error("too many items")]
    TooMany,
    /// Others kept winning the race for the same people.
    #[error("too much contention")]
    Contention,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Anything else.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotAllowed => Self::forbidden("compartment and purpose"),
            Error::TooMany => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many", "The batch is too large")
            }
            Error::Contention => Self::unavailable("The keyring"),
            Error::Db(error) => error.into(),
            Error::Internal(error) => Self::internal(&error),
        }
    }
}
