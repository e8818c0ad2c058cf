//! The HTTP server of a service: listener, routing table, and what handlers take and return.

pub mod conditional;
pub mod deadline;
pub(crate) mod drain;
pub mod extract;
pub mod fields;
pub mod gate;
pub mod health;
pub mod idempotency;
pub mod keep_alive;
mod linger;
pub(crate) mod listener;
pub(crate) mod observe;
pub mod origin;
pub mod page;
pub mod problem;
pub mod reply;
pub mod routes;
pub mod server;
