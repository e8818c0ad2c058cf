//! Compatibility with postcodes.io: its envelope, its error messages, JSONP, and how it parses parameters and bodies.
//!
//! This is for its original paths and their counterparts under `/v1/geo`; our own routes return problem details.

pub(crate) mod body;
pub(crate) mod error;
pub(crate) mod filter;
pub mod parameters;
pub(crate) mod response;
pub(crate) mod terminated;
