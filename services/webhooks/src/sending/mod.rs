//! Sending: where we may connect to, how a notice is signed, and the run that does it.

pub mod client;
pub mod guard;
pub mod run;
pub mod signature;
