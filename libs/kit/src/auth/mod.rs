//! Authentication of callers: every service verifies the internal JWTs that the gateway and other services sign.
//!
//! They are access tokens as in RFC 9068, with `EdDSA` only, and `aud` is the one called service. A gateway token carries
//! a tenant and scopes and is valid for at most 60 s; a workload token is signed by the calling service's own key and
//! carries neither.

pub mod claims;
pub mod verifier;
pub mod workload;
