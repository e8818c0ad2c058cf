//! The status routes of postcodes.io, and the fallback of all paths.

pub mod http;
