//! The routes on areas, and what they share: parameters, field errors, views, `GeoJSON`.

pub mod drawn;
pub mod field_errors;
pub mod geojson;
pub mod list;
pub mod outline;
pub mod place;
pub mod query;
pub mod reply;
pub mod views;
pub mod within;
