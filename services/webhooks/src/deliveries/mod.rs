//! Deliveries: one event on its way to one endpoint.

pub mod http;

pub mod domain;
pub mod events;
pub mod ops;
pub mod store;
