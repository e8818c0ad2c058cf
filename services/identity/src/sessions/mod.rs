//! Signing in, staying signed in, signing out: a session is a family of refresh tokens, one of which is valid.

mod domain;
pub(crate) mod http;
mod ops;
pub(crate) mod store;
mod workflow;
