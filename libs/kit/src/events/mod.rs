//! Events between services: written to the outbox in a transaction, relayed to Kafka, and consumed once thanks to an
//! inbox.

mod backlog;
pub mod consumers;
pub mod dead_letters;
pub(crate) mod envelope;
mod error_kinds;
pub mod kafka;
pub mod outbox;
pub mod relay;
mod spans;
pub mod topics;
