//! Cached responses of one edition of the data.

pub mod cache;
