//! Postcodes over HTTP: the record, and the routes of postcodes.io.

pub mod bulk;
pub mod http;
pub mod nearest;
pub mod random;
pub mod record;
pub mod search;
