//! The claims of a token, and how it is signed.

use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest lifetime of an internal token, in seconds (docs/security.md: a revoked key stops working within 60 s).
pub const MAX_TOKEN_SECONDS: i64 = 60;
/// `iss` of the tokens that the gateway signs.
pub const GATEWAY: &str = contracts::services::GATEWAY.name;
/// `typ` of every token (RFC 9068 §2.1).
pub const TYPE: &str = "at+jwt";
/// `client_id` of people who signed in. There are no OAuth clients yet.
pub const SESSIONS: &str = "folkmoot-sessions";

/// Claims of an internal token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// `gateway`, or the name of the calling service.
    pub iss: String,
    /// The caller: the id of a user, an API key or a link, or the name of a service.
    pub sub: String,
    /// The name of the called service.
    pub aud: String,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// The id of the token.
    pub jti: Uuid,
    /// Whom it was issued to: the id of an API key, `folkmoot-sessions` for people who signed in, `gateway` for a link,
    /// or the name of a service.
    pub client_id: String,
    /// The tenant of the request; absent in workload tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Uuid>,
    /// Scopes separated by spaces, e.g. `campaigns:read geo:read`.
    #[serde(default)]
    pub scope: String,
    /// `user`, `api_key`, `link` or `service`.
    #[serde(default)]
    pub actor_kind: String,
    /// Whether it stands for a test key: what it makes may not reach live data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

impl Claims {
    /// Whether they grant a scope.
    pub fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|granted| granted == scope)
    }
}

/// Signs claims with an Ed25519 key.
pub fn sign(claims: &impl Serialize, kid: &str, key: &EncodingKey) -> anyhow::Result<String> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.to_owned());
    Ok(jsonwebtoken::encode(&header, claims, key)?)
}

/// Whether a header has the type of access tokens, as a full media type or without `application/`.
pub fn is_access_token(header: &Header) -> bool {
    let typ = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    typ.strip_prefix("application/").unwrap_or(&typ) == TYPE
}

/// The public half of a PKCS#8 Ed25519 key, as a JWK with `kid`.
pub fn public_jwk(pkcs8: &[u8], kid: &str) -> anyhow::Result<Jwk> {
    let mut jwk = Jwk::from_encoding_key(&EncodingKey::from_ed_der(pkcs8), Algorithm::EdDSA)?;
    jwk.common.key_id = Some(kid.to_owned());
    Ok(jwk)
}
