//! Everything that can go wrong here, and the one table from errors to problems.

use actix_web::http::StatusCode;
use kit::{
    db::DbError,
    http::problem::Problem,
    keyring::{KeyringError, NoKey, sealed::OpenError},
};

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such tenant")]
    NoSuchTenant,
    #[error("the tenant has no owner")]
    NoSuchOwner,
    #[error("no such user")]
    NoSuchUser,
    #[error("no such API key")]
    NoSuchKey,
    #[error("no such credential")]
    NoSuchCredential,
    #[error("no such session")]
    NoSuchSession,
    #[error("the caller is neither a user nor an API key")]
    NotStaff,
    #[error("the caller does not hold {0}")]
    NotHeld(&'static str),
    #[error("the user is already a member")]
    AlreadyMember,
    #[error("a tenant needs at least one owner")]
    LastOwner,
    /// The address, the password or the membership; the client does not learn which.
    #[error("the credentials are wrong")]
    BadCredentials,
    /// The refresh token is unknown, used, expired or signed out; the client does not learn which.
    #[error("the session has ended")]
    SessionEnded,
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    #[error(transparent)]
    Problem(#[from] Problem),
    #[error(transparent)]
    NoKey(#[from] NoKey),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<OpenError> for Error {
    fn from(broken: OpenError) -> Self {
        Self::Internal(broken.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchTenant => Self::not_found("tenant"),
            Error::NoSuchOwner => Self::not_found("owner"),
            Error::NoSuchUser => Self::not_found("user"),
            Error::NoSuchKey => Self::not_found("API key"),
            Error::NoSuchCredential => Self::not_found("credential"),
            Error::NoSuchSession => Self::not_found("session"),
            Error::NotStaff => Self::unauthorized(),
            Error::NotHeld(scope) => Self::forbidden(scope),
            Error::AlreadyMember => {
                Self::conflict("already_member", "This person is already a member")
            }
            Error::LastOwner => {
                Self::conflict("last_owner", "An organisation needs at least one owner")
            }
            Error::BadCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "bad_credentials",
                "The email address or the password is wrong",
            ),
            Error::SessionEnded => {
                Self::new(StatusCode::UNAUTHORIZED, "session_ended", "The session has ended")
            }
            Error::Busy => Self::unavailable("Signing in"),
            Error::Problem(problem) => problem,
            Error::NoKey(_) => {
                Self::conflict("person_erased", "This person's data is erased or restricted")
            }
            Error::Keyring(error) => error.into(),
            Error::Db(error) => error.into(),
            Error::Internal(error) => Self::internal(&error),
        }
    }
}
