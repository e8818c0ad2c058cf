//! Eligibility: whether a postcode or a point lies in a named area that an organisation puts together of official areas,
//! drawn shapes, circles and lists of postcodes, and why.

pub mod definition;
pub mod domain;
pub mod http;
pub mod place;
pub mod postcodes;
