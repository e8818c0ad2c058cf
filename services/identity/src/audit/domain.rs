//! One entry of the log.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Stands for whoever runs the operators' commands on the machine itself.
const OPERATOR: Uuid = Uuid::from_u128(0x0f01_0000_0000_7000_8000_0000_0000_0002);

/// Who acts. There is no entry without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actor {
    pub(crate) kind: String,
    pub(crate) id: Uuid,
}

impl Actor {
    /// A user or an API key, as the token names them. Links and services change nothing here.
    pub(crate) fn parse(kind: &str, id: &str) -> Option<Self> {
        let id = Uuid::parse_str(id).ok()?;
        matches!(kind, "user" | "api_key").then(|| Self { kind: kind.to_owned(), id })
    }

    /// The operator of the installation.
    pub(crate) fn operator() -> Self {
        Self { kind: "operator".to_owned(), id: OPERATOR }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    TenantCreated,
    TenantUpdated,
    MemberAdded,
    MemberRemoved,
    ApiKeyCreated,
    ApiKeyRevoked,
}

impl Action {
    /// As the log shows it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TenantCreated => "tenant.created",
            Self::TenantUpdated => "tenant.updated",
            Self::MemberAdded => "member.added",
            Self::MemberRemoved => "member.removed",
            Self::ApiKeyCreated => "api_key.created",
            Self::ApiKeyRevoked => "api_key.revoked",
        }
    }

    /// The kind of thing it was done to.
    pub(crate) fn object_kind(self) -> &'static str {
        match self {
            Self::TenantCreated | Self::TenantUpdated => "tenant",
            Self::MemberAdded | Self::MemberRemoved => "user",
            Self::ApiKeyCreated | Self::ApiKeyRevoked => "api_key",
        }
    }
}

/// An entry about to be written.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) actor: Actor,
    pub(crate) action: Action,
    pub(crate) object_id: Uuid,
    pub(crate) at: DateTime<Utc>,
}

/// An entry as it stands in the log.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) id: Uuid,
    pub(crate) actor: Actor,
    pub(crate) action: String,
    pub(crate) object_kind: String,
    pub(crate) object_id: Uuid,
    pub(crate) at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_a_user_or_a_key_and_nobody_else() {
        let id = Uuid::from_u128(7).to_string();
        assert!(Actor::parse("user", &id).is_some() && Actor::parse("api_key", &id).is_some());
        assert!(Actor::parse("link", &id).is_none() && Actor::parse("user", "somebody").is_none());
    }
}
