//! The organisation's complete download, and the record of who took it.

mod domain;
pub(crate) mod http;
mod ops;
mod rows;
mod store;
