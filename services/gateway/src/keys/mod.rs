//! The keys that sign every token: made, published before use, retired after it. Replicas share them through the schema.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod ring;
pub(crate) mod store;
