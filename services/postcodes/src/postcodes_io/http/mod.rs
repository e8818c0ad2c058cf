//! Requests and responses as postcodes.io reads and writes them.

pub(crate) mod body;
pub(crate) mod error;
pub(crate) mod filter;
pub(crate) mod parameters;
pub(crate) mod response;
