//! Data keys: random, wrapped, given by compartment and purpose, destroyed for good.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod store;
