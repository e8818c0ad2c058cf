//! Compatibility with postcodes.io: its envelope, its error messages, JSONP, and how it parses parameters and bodies.
//!
//! This is for its original paths and their counterparts under `/v1/geo`; our own routes return problem details.

pub mod body;
pub mod error;
pub mod filter;
pub mod parameters;
pub mod response;
pub mod terminated;
