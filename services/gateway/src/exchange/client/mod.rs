//! What the gateway asks identity about callers, and what it shows to services instead of their credentials.

pub(crate) mod credentials;
pub(crate) mod internal_tokens;
