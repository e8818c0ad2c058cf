//! The record of the Scottish Postcode Directory.

pub(crate) mod http;
pub(crate) mod record;
