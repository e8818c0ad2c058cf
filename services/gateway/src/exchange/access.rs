//! Access tokens of sessions: a JWT of minutes for the gateway itself, signed by the same keys as internal tokens.

use chrono::Duration;
use contracts::identity::{Principal, SessionGrant};
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::domain::Holder;
use crate::keys::ring::Ring;

/// Life of an access token.
pub(crate) const LIFE: Duration = Duration::minutes(10);
/// `aud` of access tokens; internal tokens name a service instead, so that neither passes for the other.
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

/// A token with the id `jti` for somebody who signed in.
pub(crate) fn issue(
    ring: &Ring,
    grant: &SessionGrant,
    now: i64,
    jti: Uuid,
) -> anyhow::Result<String> {
    ring.sign(&AccessClaims {
        iss: kit::auth::claims::GATEWAY.to_owned(),
        sub: grant.principal.actor_id,
        aud: AUDIENCE.to_owned(),
        exp: now + LIFE.num_seconds(),
        iat: now,
        jti,
        client_id: kit::auth::claims::SESSIONS.to_owned(),
        tenant: grant.principal.tenant_id,
        scope: grant.principal.scopes.join(" "),
        sid: grant.session_id,
    })
}

/// Why a token is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// We did not sign it.
    Forged,
    /// We signed it, and its time or its session is over.
    Expired,
}

/// Who holds a token.
pub(crate) fn verify(
    ring: &Ring,
    token: &str,
    fingerprint: [u8; 32],
    now: i64,
) -> Result<Holder, Invalid> {
    let claims = signed(ring, token).ok_or(Invalid::Forged)?;
    if claims.exp <= now || claims.exp > now + LIFE.num_seconds() + 5 {
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

/// What a token says, when we signed it.
fn signed(ring: &Ring, token: &str) -> Option<AccessClaims> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    if !kit::auth::claims::is_access_token(&header) {
        return None;
    }
    let key = ring.verifying(&header.kid?)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[kit::auth::claims::GATEWAY]);
    // The clock is ours (tests move it), so expiry is checked by the caller.
    validation.validate_exp = false;
    Some(jsonwebtoken::decode(token, &key, &validation).ok()?.claims)
}
