//! Every way a request to messaging can fail, and its status.

use kit::{db::DbError, http::problem::Problem};

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such delivery, or it is another tenant's.
    #[error("no such delivery")]
    NoSuchDelivery,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchDelivery => Self::not_found("delivery"),
            Error::Db(error) => error.into(),
        }
    }
}
