//! Events of `identity`, and its internal API, with which the gateway verifies credentials.

use core::net::IpAddr;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;

/// The reserved tenant whose subjects are the users (docs/ARCHITECTURE.md, "People and tenants").
pub const PLATFORM_TENANT: Uuid = Uuid::from_u128(0x0f01_0000_0000_7000_8000_0000_0000_0001);

/// An organisation was created.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantCreated {
    pub tenant_id: Uuid,
    /// Its unique short name, e.g. `meadow`.
    pub slug: String,
    /// Its public name, e.g. `Friends of the Meadow`.
    pub name: String,
}

impl Event for TenantCreated {
    const TYPE: &'static str = "identity.tenant.created.v1";
    const TOPIC: &'static str = "identity.tenants.v1";
    fn key(&self) -> Uuid {
        self.tenant_id
    }
}

/// An organisation changed its public name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantRenamed {
    pub tenant_id: Uuid,
    /// Its unique short name, which does not change.
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

/// `identity` deleted its data about an erased person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserErased {
    /// The erasure of [`SubjectErased`](crate::retention::SubjectErased).
    pub erasure_id: Uuid,
    pub subject_id: Uuid,
    /// The number of rows that were deleted or cleared.
    pub rows: i64,
    /// The number of rows about the person that are left, counted by other code than that which deletes; normally 0.
    pub remaining: i64,
}

impl Event for UserErased {
    const TYPE: &'static str = "identity.user.erased.v1";
    const TOPIC: &'static str = "identity.erasures.v1";
    fn key(&self) -> Uuid {
        self.erasure_id
    }
}

/// `POST /internal/v1/credentials/verify`: whose credential is this? The response is a [`Principal`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credential {
    /// `pk_…` or `sk_…`.
    ApiKey {
        /// The complete key, as it was sent.
        key: String,
    },
}

/// Whose a credential is, and what it permits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Principal {
    /// The tenant for which it is valid.
    pub tenant_id: Uuid,
    /// The id of the user or the API key.
    pub actor_id: Uuid,
    /// `user` or `api_key`.
    pub actor_kind: String,
    /// The granted scopes, e.g. `campaigns:read`.
    pub scopes: Vec<String>,
    /// Origins from which browsers may use it, e.g. `https://example.org`; empty for secret keys.
    pub origins: Vec<String>,
    /// Whether it is a publishable key, which anybody can read in a web page.
    pub publishable: bool,
    /// Whether it is a key for tests.
    pub test: bool,
}

/// A session that was started or refreshed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionGrant {
    pub principal: Principal,
    pub session_id: Uuid,
    /// The next refresh token, which replaces the last one.
    pub refresh_token: String,
}

/// `POST /internal/v1/sessions`: signs a user in. The response is a [`SessionGrant`], or a 401 that does not say why.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// The email address as the user typed it.
    pub email: String,
    /// The password as the user typed it.
    pub password: String,
    /// The short name of the organisation to act for. Only users who belong to several need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_slug: Option<String>,
    /// The address from which the gateway got the request.
    pub ip: IpAddr,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn(***)")
    }
}

/// `POST /internal/v1/sessions/refresh`: exchanges a refresh token for a [`SessionGrant`]. If a token is used twice, the
/// session ends.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// The session's latest refresh token.
    pub refresh_token: String,
    /// The address from which the gateway got the request.
    pub ip: IpAddr,
}

impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refresh(***)")
    }
}

/// `POST /internal/v1/sessions/revoke`: signs a user out. The response is a 204 whether or not the session exists.
#[derive(Clone, Serialize, Deserialize)]
pub struct Revoke {
    /// A refresh token of the session.
    pub refresh_token: String,
}

impl fmt::Debug for Revoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revoke(***)")
    }
}

/// `POST /internal/v1/sessions/alive`: does a session still exist? The gateway asks once a minute for each access token
/// in use. The response is the current [`Principal`], or a 404 if the session or the membership has ended or the tenant
/// is suspended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Alive {
    pub session_id: Uuid,
}
