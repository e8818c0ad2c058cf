//! Everything that can go wrong here, and the one table from errors to problems.

use actix_web::http::StatusCode;
use kit::{db::DbError, http::problem::Problem};

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the service may not have this compartment for this purpose")]
    NotAllowed,
    #[error("the batch is too large")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotAllowed => Self::forbidden("compartment and purpose"),
            Error::TooMany => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_many", "The batch is too large")
            }
            Error::Db(error) => error.into(),
            Error::Internal(error) => Self::internal(&error),
        }
    }
}
