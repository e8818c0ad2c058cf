//! The sign-in log: every attempt of a known user, with its IP address sealed, kept for as long as the operator set.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod store;
