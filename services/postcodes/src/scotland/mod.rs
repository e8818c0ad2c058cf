//! The record of the Scottish Postcode Directory.

pub mod http;
pub mod record;
