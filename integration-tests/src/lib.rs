//! The whole suite as real processes on real parts, for stories across services and for the benchmark.
//!
//! A story owns its parts (PostgreSQL, Redis, Kafka, the mail catcher) in a folder of its own, so it may kill them and search
//! their files.

pub mod driver;
mod environment;
pub mod ledger;
pub mod load;
pub mod mailbox;
pub mod places;
pub mod random;
pub mod suite;
