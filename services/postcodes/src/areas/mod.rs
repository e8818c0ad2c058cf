//! Constituencies as outlines: which one a point lies in, and which are near its border.

pub mod domain;
pub mod geojson;
