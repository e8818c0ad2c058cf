//! What every request passes, whatever it asks for: admission, limits on its size, its origin, CORS, security headers.

pub(crate) mod admission;
pub(crate) mod client;
pub(crate) mod client_info;
pub(crate) mod connections;
pub(crate) mod forwarded;
mod hops;
pub(crate) mod http;
