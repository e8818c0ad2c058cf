//! Sending: where deliveries may go, how they are signed, and the run that sends them.

pub(crate) mod client;
pub(crate) mod dev_receivers;
pub(crate) mod guard;
pub(crate) mod places;
mod signature;
pub(crate) mod workflow;
