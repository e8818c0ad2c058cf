//! Events of `identity`, and the internal API by which the gateway has credentials verified.

use core::net::IpAddr;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// The reserved tenant whose subjects are the users (docs/ARCHITECTURE.md, "People and tenants").
pub const PLATFORM_TENANT: Uuid = Uuid::from_u128(0x0f01_0000_0000_7000_8000_0000_0000_0001);

/// An organisation joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantCreated {
    /// The organisation.
    pub tenant_id: Uuid,
    /// Its public short name.
    pub slug: String,
    /// Its public name.
    pub name: String,
}

impl Event for TenantCreated {
    const TYPE: &'static str = "identity.tenant.created.v1";
    const TOPIC: &'static str = "identity.tenants.v1";
    fn key(&self) -> Uuid {
        self.tenant_id
    }
}

/// An organisation took another public name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantRenamed {
    /// The organisation.
    pub tenant_id: Uuid,
    /// Its public short name, as before.
    pub slug: String,
    /// Its new public name.
    pub name: String,
}

impl Event for TenantRenamed {
    const TYPE: &'static str = "identity.tenant.renamed.v1";
    const TOPIC: &'static str = "identity.tenants.v1";
    fn key(&self) -> Uuid {
        self.tenant_id
    }
}

/// Identity removed what it held of an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserErased {
    /// The erasure this answers.
    pub erasure_id: Uuid,
    /// The person.
    pub subject_id: Uuid,
    /// Rows deleted or cleared.
    pub rows: i64,
    /// Rows about the person still there, counted by other code than deleted them.
    pub remaining: i64,
}

impl Event for UserErased {
    const TYPE: &'static str = "identity.user.erased.v1";
    const TOPIC: &'static str = "identity.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}

/// `POST /internal/v1/credentials/verify`: the gateway asks who holds an API key or a session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credential {
    /// `pk_…` or `sk_…`.
    ApiKey {
        /// The whole key as presented.
        key: String,
    },
}

/// Who a credential belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Principal {
    /// The tenant the token will carry.
    pub tenant_id: Uuid,
    /// User, API key or service account.
    pub actor_id: Uuid,
    /// `user`, `api_key`.
    pub actor_kind: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Origins a browser may call from; empty for secret keys.
    pub origins: Vec<String>,
    /// A publishable key (browser).
    pub publishable: bool,
    /// A key for trying out.
    pub test: bool,
}

/// A user who proved who they are, or rotated their refresh token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionGrant {
    /// Who.
    pub principal: Principal,
    /// The session, so that a sign-out can name it.
    pub session_id: Uuid,
    /// The next refresh token; shown once.
    pub refresh_token: String,
}

/// `POST /internal/v1/sessions`: somebody signs in; the answer is a [`SessionGrant`], or a 401 that never says why.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// The address as typed.
    pub email: String,
    /// The password as typed.
    pub password: String,
    /// The organisation to act for; needed only by who belongs to several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_slug: Option<String>,
    /// Where the request came from, as the gateway sees it.
    pub ip: IpAddr,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn(***)")
    }
}

/// `POST /internal/v1/sessions/refresh`: swaps a refresh token for a [`SessionGrant`]; a token used twice ends its family.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// The token last shown.
    pub refresh_token: String,
    /// Where the request came from, as the gateway sees it.
    pub ip: IpAddr,
}

impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refresh(***)")
    }
}

/// `POST /internal/v1/sessions/revoke`: signs out; 204 whether or not there was such a session.
#[derive(Clone, Serialize, Deserialize)]
pub struct Revoke {
    /// A token of the session.
    pub refresh_token: String,
}

impl fmt::Debug for Revoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revoke(***)")
    }
}

/// `POST /internal/v1/sessions/alive`: whether a session still stands, asked once a minute for each access token in use. The
/// answer is the [`Principal`] as of now, or 404 once the session, the membership or the tenant's leave to act has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Alive {
    /// The session.
    pub session_id: Uuid,
}
