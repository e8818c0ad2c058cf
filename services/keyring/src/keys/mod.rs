//! Data keys: random, wrapped, given by compartment and purpose, destroyed for good.

pub mod domain;
pub mod http;
pub mod ops;
pub mod store;
