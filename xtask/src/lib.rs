//! Everything behind `cargo xtask`: the machine's set-up, the private parts (PostgreSQL, Redis, Kafka), the suite
//! on this machine, the tests. It compiles before anything is installed, so it keeps to the standard library and
//! a few small crates, and knows nothing of the services but the commands in [`up::commands`].

pub mod alerts;
pub mod bench;
pub mod chaos;
pub mod chart;
pub mod cluster;
pub mod directory;
pub mod fixtures;
pub mod foreign;
pub mod generators;
pub mod image;
pub mod interrupt;
pub mod oracle;
pub mod paths;
mod program;
pub mod restore_drill;
pub mod say;
pub mod settings;
pub mod setup;
pub mod stack;
pub mod test;
pub mod tidy;
pub mod up;
pub mod wait;
