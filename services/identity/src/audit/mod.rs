//! The staff audit log: who changed what, and when. Written in the transaction of the change; nobody can alter it.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod store;
