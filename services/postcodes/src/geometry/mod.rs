//! Positions, distances and shapes on the Earth. Depends on nothing else of the service.

pub mod anchors;
mod bands;
pub mod bounds;
pub mod crossing;
pub mod drawn;
pub mod edge;
pub mod grid;
pub mod micro;
pub mod position;
pub mod shape;
pub mod simplify;
pub mod sphere;
pub mod tile;
