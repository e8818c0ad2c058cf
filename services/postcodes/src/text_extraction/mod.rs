//! Extracts postcodes from text, such as a typed or scanned address.

pub mod domain;
pub mod http;
