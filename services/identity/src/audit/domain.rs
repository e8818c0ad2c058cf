//! An entry of the log, and who is its author.

use chrono::{DateTime, Utc};
use kit::{http::extract::Caller, id::Ids, service::Kit};
use uuid::Uuid;

use crate::error::Error;

/// Stands for whoever runs the operators' commands on the machine itself.
const OPERATOR: Uuid = Uuid::from_u128(0x0f01_0000_0000_7000_8000_0000_0000_0002);

kit::text_enum! {
    pub(crate) enum ActorKind {
        User = "user",
        ApiKey = "api_key",
        Operator = "operator",
    }
}

/// Who acts. There is no entry without an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Actor {
    pub(crate) kind: ActorKind,
    pub(crate) id: Uuid,
}

kit::text_enum! {
    pub(crate) enum Action {
        TenantCreated = "tenant.created",
        TenantUpdated = "tenant.updated",
        MemberAdded = "member.added",
        MemberRemoved = "member.removed",
        ApiKeyCreated = "api_key.created",
        ApiKeyRevoked = "api_key.revoked",
        DeliverySettledAsDelivered = "delivery.settled_as_delivered",
        DeliverySentAgain = "delivery.sent_again",
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    /// Text, as all kinds here: an older version must be able to read what a newer one writes.
    pub(crate) actor_kind: String,
    pub(crate) actor_id: Uuid,
    pub(crate) action: String,
    pub(crate) object_kind: String,
    pub(crate) object_id: Uuid,
    pub(crate) at: DateTime<Utc>,
}

/// Who makes a change to an organisation, and when.
pub(crate) struct Author {
    pub(crate) tenant_id: Uuid,
    pub(crate) actor: Actor,
    pub(crate) ids: Ids,
    pub(crate) now: DateTime<Utc>,
}

impl Actor {
    /// A user or an API key, as the token names them. Links and services change nothing here.
    fn parse(kind: &str, id: &str) -> Option<Self> {
        let kind = ActorKind::parse(kind).filter(|kind| *kind != ActorKind::Operator)?;
        Some(Self { kind, id: Uuid::parse_str(id).ok()? })
    }
}

impl Action {
    fn object_kind(self) -> &'static str {
        match self {
            Self::TenantCreated | Self::TenantUpdated => "tenant",
            Self::MemberAdded | Self::MemberRemoved => "user",
            Self::ApiKeyCreated | Self::ApiKeyRevoked => "api_key",
            Self::DeliverySettledAsDelivered | Self::DeliverySentAgain => "delivery",
        }
    }
}

impl Author {
    /// The caller, who changes their own organisation.
    pub(crate) fn from_caller(kit: &Kit, caller: &Caller) -> Result<Self, Error> {
        let actor = Actor::parse(&caller.actor_kind, &caller.actor_id).ok_or(Error::NotStaff)?;
        Ok(Self { tenant_id: caller.tenant_id, actor, ids: kit.ids, now: kit.clock.now() })
    }

    /// Whoever another service names; none unless it is a user or an API key.
    pub(crate) fn named(
        ids: Ids,
        tenant_id: Uuid,
        actor: (&str, Uuid),
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let kind = ActorKind::parse(actor.0).filter(|kind| *kind != ActorKind::Operator)?;
        Some(Self { tenant_id, actor: Actor { kind, id: actor.1 }, ids, now })
    }

    /// The operator of the installation.
    pub(crate) fn operator(kit: &Kit, tenant_id: Uuid) -> Self {
        let actor = Actor { kind: ActorKind::Operator, id: OPERATOR };
        Self { tenant_id, actor, ids: kit.ids, now: kit.clock.now() }
    }

    /// The entry for one change.
    pub(crate) fn entry(&self, action: Action, object_id: Uuid) -> Entry {
        Entry {
            id: self.ids.next(),
            tenant_id: self.tenant_id,
            actor_kind: self.actor.kind.as_str().to_owned(),
            actor_id: self.actor.id,
            action: action.as_str().to_owned(),
            object_kind: action.object_kind().to_owned(),
            object_id,
            at: self.now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_a_user_or_a_key_and_nobody_else() {
        let id = Uuid::from_u128(7).to_string();
        assert!(Actor::parse("user", &id).is_some() && Actor::parse("api_key", &id).is_some());
        for (kind, id) in [("link", &*id), ("operator", &*id), ("user", "somebody")] {
            assert!(Actor::parse(kind, id).is_none(), "{kind} {id}");
        }
    }
}
