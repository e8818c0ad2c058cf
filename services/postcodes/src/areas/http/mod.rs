//! The routes on areas, and what they share: parameters, field errors, views, `GeoJSON`.

pub(crate) mod drawn;
pub(crate) mod field_errors;
mod geojson;
pub mod list;
pub mod outline;
pub mod place;
pub(crate) mod query;
pub(crate) mod reply;
mod views;
pub mod within;
