//! Webhooks' errors and their status.

use kit::{db::DbError, http::problem::Problem};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such endpoint, or another tenant's.
    #[error("no such endpoint")]
    NoSuchEndpoint,
    /// No such delivery, or another tenant's.
    #[error("no such delivery")]
    NoSuchDelivery,
    /// The tenant has as many endpoints as it may.
    #[error("too many endpoints")]
    TooManyEndpoints,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Anything else.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
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
            Error::Internal(error) => Self::internal(&error),
        }
    }
}
