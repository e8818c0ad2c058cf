//! Exchanges a credential of a caller for an internal token. A credential is verified once a minute, and a token for one service
//! lives no longer than that, so a revocation takes effect within a minute.

pub(crate) mod access_tokens;
pub(crate) mod cache;
pub(crate) mod client;
pub(crate) mod domain;
