//! Postcodes: the record, the searches by text and by position, and the routes of postcodes.io.

pub(crate) mod domain;
pub(crate) mod http;
pub mod record;
