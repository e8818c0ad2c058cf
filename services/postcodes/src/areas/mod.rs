//! Areas: their kinds, their boundaries in layers of one generation each, and which of them a point or postcode is in.
//!
//! Everything here is immutable and in memory. Boundaries are read by `import::boundaries`.

pub mod area_in_set;
pub mod codes;
pub mod columns;
pub mod domain;
pub mod file;
pub mod gazetteer;
pub mod http;
pub mod kinds;
pub mod layer;
pub mod lookup;
pub mod members;
pub mod place;
pub mod relations;
