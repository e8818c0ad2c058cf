//! Everything that can go wrong here, and the one table from errors to problems.

use kit::{db::DbError, http::problem::Problem, keyring::KeyringError};

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such erasure")]
    NoSuchErasure,
    #[error("the erasure is not complete")]
    ErasureOpen,
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchErasure => Self::not_found("erasure"),
            Error::ErasureOpen => {
                Self::conflict("erasure_open", "The erasure is not complete, so it has no receipt")
            }
            Error::Db(error) => error.into(),
            Error::Keyring(error) => error.into(),
            Error::Internal(error) => Self::internal(&error),
        }
    }
}
