//! Postcodes that stand in a text, such as the address that somebody typed.

pub mod domain;
pub mod http;
