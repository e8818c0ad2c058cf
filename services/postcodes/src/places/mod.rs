//! Populated places of Great Britain by name and by code, from OS Open Names, in the manner of
//! postcodes.io. Owns their file, their search and their record; refuses to know postcodes.

pub mod file;
pub mod http;
pub mod image;
pub mod record;
mod search;
