//! Since when the current key-encryption key wraps.

mod store;
pub(crate) mod workflow;
