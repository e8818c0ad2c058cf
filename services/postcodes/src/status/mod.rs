//! The status routes of postcodes.io, and the fallback of all paths.

pub(crate) mod http;
