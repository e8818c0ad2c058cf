//! Access tokens of sessions: short-lived JWTs for the gateway itself, signed by the same keys as internal tokens.

use contracts::identity::{Principal, SessionGrant};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use kit::auth::claims::{GATEWAY, SESSIONS, is_access_token};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::domain::Holder;
use crate::keys::cache::SigningKeys;

pub(crate) const LIFETIME_SECONDS: i64 = 600;
/// Tolerated difference between the clocks of replicas.
const LEEWAY_SECONDS: i64 = 5;
/// `aud` of access tokens; internal tokens name a service instead, so that neither is accepted as the other.
const AUDIENCE: &str = "gateway";

#[derive(Serialize, Deserialize)]
struct AccessClaims {
    iss: String,
    sub: Uuid,
    aud: String,
    exp: i64,
    iat: i64,
    jti: Uuid,
    client_id: String,
    tenant: Uuid,
    scope: String,
    sid: Uuid,
}

/// A token with the id `jti` for a person who signed in.
pub(crate) fn issue(
    keys: &SigningKeys,
    grant: &SessionGrant,
    now: i64,
    jti: Uuid,
) -> anyhow::Result<String> {
    keys.sign(&AccessClaims {
        iss: GATEWAY.to_owned(),
        sub: grant.principal.actor_id,
        aud: AUDIENCE.to_owned(),
        exp: now + LIFETIME_SECONDS,
        iat: now,
        jti,
        client_id: SESSIONS.to_owned(),
        tenant: grant.principal.tenant_id,
        scope: grant.principal.scopes.join(" "),
        sid: grant.session_id,
    })
}

/// Why a token is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// The gateway did not sign it.
    Forged,
    /// The gateway signed it, and its time or its session is over.
    Expired,
}

/// The holder of a token.
pub(super) fn verify(
    keys: &SigningKeys,
    token: &str,
    fingerprint: [u8; 32],
    now: i64,
) -> Result<Holder, Invalid> {
    let claims = signed_claims(keys, token).ok_or(Invalid::Forged)?;
    if claims.exp <= now || claims.exp > now + LIFETIME_SECONDS + LEEWAY_SECONDS {
        return Err(Invalid::Expired);
    }
    let principal = Principal {
        tenant_id: claims.tenant,
        actor_id: claims.sub,
        actor_kind: "user".to_owned(),
        scopes: claims.scope.split(' ').map(ToOwned::to_owned).collect(),
        origins: Vec::new(),
        publishable: false,
        test: false,
    };
    let (expires_at, session_id) = (Some(claims.exp), Some(claims.sid));
    Ok(Holder { fingerprint, principal, expires_at, session_id })
}

/// The claims of a token that the gateway signed.
fn signed_claims(keys: &SigningKeys, token: &str) -> Option<AccessClaims> {
    let header = decode_header(token).ok()?;
    if !is_access_token(&header) {
        return None;
    }
    let key = keys.decoding_key(&header.kid?)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[GATEWAY]);
    // The caller checks the expiry by the clock of the app, which tests move.
    validation.validate_exp = false;
    Some(decode(token, &key, &validation).ok()?.claims)
}
