//! The mail catcher: a real SMTP receiver for one's own machine, which stores each email as a file and delivers nothing.
//!
//! It answers 250 only once the file is on the disk, so that "sent" in the delivery ledger and a file in the folder are the
//! same thing, whichever process is killed.

mod file;
mod server;

pub use server::{Catcher, run};
