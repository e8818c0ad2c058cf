//! From words or a point to places, postcodes and areas.

mod codes;
pub mod domain;
mod faults;
mod geocodejson;
mod geojson;
pub mod http;
mod ops;
mod params;
mod places;
mod postcode;
mod postcodes;
mod rank;
