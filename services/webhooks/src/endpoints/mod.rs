//! Endpoints: where a tenant's partners want to be told, and of what.

pub mod http;

pub mod domain;
pub mod ops;
pub mod store;
