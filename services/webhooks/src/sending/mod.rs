//! Sending: where deliveries may go, how they are signed, and the run that sends them.

pub mod client;
pub mod dev_receivers;
pub mod guard;
pub mod run;
pub mod signature;
