//! Positions, distances and shapes on the Earth. Depends on nothing else of the service.

pub(crate) mod anchors;
mod bands;
pub mod bounds;
pub(crate) mod crossing;
pub(crate) mod drawn;
mod edge;
pub mod micro;
pub mod position;
pub mod shape;
pub mod simplify;
pub(crate) mod sphere;
pub(crate) mod tile;
