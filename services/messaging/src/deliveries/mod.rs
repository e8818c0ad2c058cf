//! Deliveries: one row per email, written before anything is sent and settled after.

pub(crate) mod domain;
mod events;
pub(crate) mod http;
pub(crate) mod ops;
mod seal;
mod store;
pub(crate) mod workflow;
