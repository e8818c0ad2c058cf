//! Vector tiles of a layer of areas, for a map that a front end colours by code. Cut on demand, kept while there is room.

pub mod clip;
pub mod http;
mod mvt;
