//! The distance between two postcodes.

pub mod http;
