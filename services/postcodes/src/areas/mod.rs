//! Areas: what kinds there are, their outlines in layers of one generation each, and which of them a point lies in.
//!
//! Everything here is immutable and in memory. Where outlines come from is `import::boundaries`.

pub mod anchors;
mod bands;
pub mod bounds;
mod codec;
pub mod codes;
pub mod columns;
mod crossing;
pub mod domain;
pub mod drawn;
pub mod edge;
pub mod faults;
pub mod format;
pub mod gazetteer;
pub mod geojson;
pub mod http;
pub mod kept;
pub mod kinds;
pub mod known;
pub mod layer;
pub mod members;
pub mod outline;
pub mod outline_http;
pub mod place;
pub mod place_http;
pub mod query;
pub mod relations;
pub mod reply;
pub mod shape;
pub mod simplify;
pub mod views;
pub mod within_http;
