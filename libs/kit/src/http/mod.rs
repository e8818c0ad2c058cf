//! HTTP as a service speaks it: the listener, the route table, what a handler is given and what it returns.

pub mod conditional;
pub mod deadline;
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
