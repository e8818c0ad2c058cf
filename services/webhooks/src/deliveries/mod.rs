//! Deliveries: one event on its way to one endpoint.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod store;
