//! Eligibility: whether a postcode or a point is in an area that an organisation defines by official areas, drawn shapes,
//! circles and lists of postcodes, and why.

mod domain;
pub mod http;
mod place;
mod rules;
