//! The routes on areas, and what they share: parameters, pages, drawn shapes, views, `GeoJSON`.

pub(crate) mod drawn;
mod geojson;
pub mod list;
pub mod outline;
mod page;
pub mod place;
pub(crate) mod query;
mod views;
pub mod within;
