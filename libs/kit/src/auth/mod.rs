//! Who calls: internal JWTs of the gateway, and workload credentials of services. Verified here, by every service itself.
//!
//! Access tokens by RFC 9068, `EdDSA` only, `aud` = the one service called. A gateway token carries a tenant and scopes
//! and lives at most 60 s; a workload token is signed by the calling service's own key and carries neither.

pub mod claims;
pub mod verifier;
pub mod workload;
