//! Endpoints: the URLs at which a tenant's partners are notified, and of what.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
mod request;
pub(crate) mod store;
pub(crate) mod workflow;
