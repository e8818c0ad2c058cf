//! Compatibility with postcodes.io: its envelope, its error messages, JSONP, and how it parses parameters and bodies.
//!
//! This is for its original paths and their counterparts under `/v1/geo`; our own routes return problem details.

pub(crate) mod http;
pub mod numbers;
pub(crate) mod terminated;
