//! Erasures: the ledger of who must be forgotten, and how far it has come.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
mod request;
pub(crate) mod store;
pub(crate) mod workflow;
