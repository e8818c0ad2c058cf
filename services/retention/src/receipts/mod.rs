//! Receipts: our signed statement of what was forgotten.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod signer;
