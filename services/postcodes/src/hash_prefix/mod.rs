//! Look-up by the beginning of a hash: who asks learns of one postcode, and we learn only that it is one of hundreds.

pub mod domain;
pub mod http;
