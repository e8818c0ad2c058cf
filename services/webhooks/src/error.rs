//! Everything that can go wrong here, and the one table from errors to problems.

use kit::{db::DbError, http::problem::Problem, keyring::sealed::OpenError};

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such endpoint")]
    NoSuchEndpoint,
    #[error("no such delivery")]
    NoSuchDelivery,
    #[error("too many endpoints")]
    TooManyEndpoints,
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Sealing(#[from] OpenError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchEndpoint => Self::not_found("webhook endpoint"),
            Error::NoSuchDelivery => Self::not_found("webhook delivery"),
            Error::TooManyEndpoints => Self::conflict(
                "too_many_endpoints",
                "The limit of 20 webhook endpoints has been reached",
            ),
            Error::Db(error) => error.into(),
            Error::Sealing(error) => Self::internal(&error.into()),
        }
    }
}
