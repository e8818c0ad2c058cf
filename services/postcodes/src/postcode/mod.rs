//! Postcodes over HTTP: the record, and the routes of postcodes.io.

mod bulk;
pub(crate) mod http;
mod nearest;
mod random;
pub mod record;
pub(crate) mod search;
