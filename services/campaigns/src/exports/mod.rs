//! The organisation's complete download, and the record of who downloaded it.

mod domain;
pub(crate) mod http;
mod ops;
mod store;
mod workflow;
