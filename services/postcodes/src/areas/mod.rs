//! Areas: their kinds, their boundaries in layers of one generation each, and which of them a point or postcode is in.
//!
//! Everything here is immutable and in memory. Boundaries are read by `import::boundaries`.

pub(crate) mod area_in_set;
mod columns;
pub(crate) mod constituency_codes;
pub mod domain;
pub mod file;
pub(crate) mod gazetteer;
pub mod http;
pub(crate) mod kinds;
pub mod layer;
pub(crate) mod lookup;
pub(crate) mod members;
pub mod place;
mod relations;
