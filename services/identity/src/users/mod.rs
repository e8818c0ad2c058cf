//! People who sign in, and what they may do in each organisation.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod password;
pub(crate) mod store;
pub(crate) mod workflow;
