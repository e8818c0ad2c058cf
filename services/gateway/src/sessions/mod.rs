//! Signing in and out. Identity checks passwords and keeps sessions; the gateway alone signs.

pub(crate) mod http;
