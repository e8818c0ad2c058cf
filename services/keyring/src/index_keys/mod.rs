//! The blind-index keys: one per tenant, stored wrapped, so that people are found without their address being stored.

pub(crate) mod ops;
mod store;
pub(crate) mod workflow;
