//! The manners of postcodes.io: its envelope, its errors in its words, JSONP, and how it reads parameters.
//!
//! Its clients see these on its original paths and under `/v1/geo`; everything that Folkmoot adds speaks problem details.

pub mod body;
pub mod error;
pub mod filter;
pub mod parameters;
pub mod response;
pub mod terminated;
