//! Populated places of Great Britain by name and by code, from OS Open Names, compatible with postcodes.io: their file, their
//! search and their record. Independent of postcodes.

pub mod file;
pub(crate) mod http;
pub mod image;
mod record;
mod search;
