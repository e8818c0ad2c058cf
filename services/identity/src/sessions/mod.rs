//! Signing in, staying signed in, signing out: a session is a family of refresh tokens of which one is good.

pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod ops;
pub(crate) mod store;
