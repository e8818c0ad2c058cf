//! From words or a point to places, postcodes and areas.

pub(crate) mod client;
pub(crate) mod domain;
pub(crate) mod http;
mod places;
mod postcode;
mod postcodes;
mod rank;
mod workflow;
