//! One handler for every route of another service: identify the caller, count the request, check access, forward.

pub(crate) mod client;
pub(crate) mod http;
