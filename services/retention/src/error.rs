//! Retention's errors and their status.

use kit::{db::DbError, http::problem::Problem, keyring::KeyringError};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such erasure, or another tenant's.
    #[error("no such erasure")]
    NoSuchErasure,
    /// The erasure is not complete, so there is nothing to sign yet.
    #[error("no receipt yet")]
    NoReceiptYet,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// Anything else.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchErasure => Self::not_found("erasure"),
            Error::NoReceiptYet => {
                Self::conflict("erasure_open", "The erasure is not complete, so it has no receipt")
            }
            Error::Db(error) => error.into(),
            Error::Keyring(error) => error.into(),
            Error::Internal(error) => Self::internal(&error),
        }
    }
}
