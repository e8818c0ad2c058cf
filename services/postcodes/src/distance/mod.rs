//! How far two postcodes are from one another.

pub mod http;
