//! Every way a request can fail, and the one table from failure to status and code.

use actix_web::http::StatusCode;
use kit::{
    db::DbError,
    http::problem::{FieldError, Problem},
    keyring::{KeyringError, NoKey, sealed::Broken},
};

/// What can go wrong in identity.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none, or it is another tenant's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Fields are at fault.
    #[error("fields are at fault: {0:?}")]
    Invalid(Vec<FieldError>),
    /// The caller would hand out what they do not hold.
    #[error("the caller does not hold {0}")]
    NotHeld(&'static str),
    /// The user is a member already.
    #[error("the user is a member already")]
    AlreadyMember,
    /// A tenant keeps at least one owner.
    #[error("a tenant keeps at least one owner")]
    LastOwner,
    /// E-mail, password or membership do not hold; which of them is told to nobody.
    #[error("the credentials do not hold")]
    BadCredentials,
    /// The refresh token is unknown, used up, expired or signed out; which of them is told to nobody.
    #[error("the session has ended")]
    SessionEnded,
    /// More sign-ins at once than the cores can hash.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// No key to seal with: the person is erased or restricted.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// The keyring failed.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A defect.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        Self::Internal(broken.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::not_found(what),
            Error::Invalid(errors) => Self::invalid(errors),
            Error::NotHeld(scope) => Self::forbidden(scope),
            Error::AlreadyMember => {
                Self::conflict("already_member", "This person is a member already")
            }
            Error::LastOwner => Self::conflict("last_owner", "A tenant keeps at least one owner"),
            Error::BadCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "bad_credentials",
                "The e-mail address or the password is wrong",
            ),
            Error::SessionEnded => {
                Self::new(StatusCode::UNAUTHORIZED, "session_ended", "The session has ended")
            }
            Error::Busy => Self::unavailable("Signing in"),
            Error::NoKey(_) => {
                Self::conflict("person_erased", "This person's data is erased or restricted")
            }
            Error::Keyring(error) => error.into(),
            Error::Db(error) => error.into(),
            Error::Internal(cause) => Self::internal(&cause),
        }
    }
}
