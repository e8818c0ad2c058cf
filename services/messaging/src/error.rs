//! Everything that can go wrong here, and the one table from errors to problems.

use kit::{db::DbError, http::problem::Problem};

/// Why a request fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such delivery")]
    NoSuchDelivery,
    #[error("the outcome of the delivery is not unknown")]
    NotUnknown,
    #[error("the caller is not a user")]
    NotStaff,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchDelivery => Self::not_found("delivery"),
            Error::NotUnknown => {
                Self::conflict("not_unknown", "The outcome of this delivery is not unknown")
            }
            Error::NotStaff => Self::unauthorized(),
            Error::Db(error) => error.into(),
        }
    }
}
