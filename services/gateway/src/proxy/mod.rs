//! One handler for every route of another service: admit, count, exchange, forward.

pub(crate) mod http;
pub(crate) mod upstream;
