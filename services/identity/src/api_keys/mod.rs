//! API keys: publishable ones for browsers, secret ones for servers. Shown once, stored as a hash.

pub mod domain;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod request;
mod store;
