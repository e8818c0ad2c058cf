//! The keys that sign every token: made, published before use, retired after it. Replicas share them through the database.

pub(crate) mod cache;
mod domain;
pub(crate) mod http;
mod ops;
mod store;
pub(crate) mod workflow;
