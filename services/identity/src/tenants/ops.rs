//! Commands on organisations.

use kit::{db::Conn, events::outbox};
use uuid::Uuid;

use super::{domain::Tenant, events, store};
use crate::{
    app::App,
    audit::{
        self,
        domain::{Action, Actor, Entry},
    },
    error::Error,
    users::{
        self,
        domain::{Membership, Role, StoredUser},
    },
};

/// What making an organisation gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Created {
    pub(crate) tenant_id: Uuid,
    pub(crate) user_id: Uuid,
}

/// Makes an organisation with its first owner. A short name that is taken gives what is there, unchanged.
pub(crate) async fn create(
    app: &App,
    conn: &mut Conn,
    tenant: Tenant,
    owner: &StoredUser,
) -> Result<Created, Error> {
    if store::insert(conn, &tenant).await? == 0 {
        return existing(conn, &tenant.slug, owner.subject_id).await;
    }
    let (tenant_id, user_id) = (tenant.id, owner.subject_id);
    users::store::put(conn, owner).await?;
    let membership =
        Membership { tenant_id, user_id, role: Role::Owner, created_at: tenant.created_at };
    users::store::insert_membership(conn, &membership).await?;
    for (action, object_id) in [(Action::TenantCreated, tenant_id), (Action::MemberAdded, user_id)]
    {
        let entry = Entry {
            id: app.kit.ids.next(),
            tenant_id,
            actor: Actor::operator(),
            action,
            object_id,
            at: tenant.created_at,
        };
        audit::store::insert(conn, &entry).await?;
    }
    outbox::push(conn, app.kit.ids.next(), tenant_id, &events::created(&tenant)).await?;
    Ok(Created { tenant_id, user_id })
}

async fn existing(conn: &mut Conn, slug: &str, asked: Uuid) -> Result<Created, Error> {
    let tenant = store::by_slug(conn, slug).await?.ok_or(Error::NotFound("tenant"))?;
    let owners = users::store::owners(conn, tenant.id).await?;
    let user_id = owners.iter().find(|id| **id == asked).or(owners.first()).copied();
    Ok(Created { tenant_id: tenant.id, user_id: user_id.ok_or(Error::NotFound("owner"))? })
}

/// Gives an organisation another public name.
pub(crate) async fn rename(
    app: &App,
    conn: &mut Conn,
    tenant_id: Uuid,
    actor: Actor,
    name: &str,
) -> Result<Tenant, Error> {
    if store::rename(conn, tenant_id, name).await? == 0 {
        return Err(Error::NotFound("tenant"));
    }
    let entry = Entry {
        id: app.kit.ids.next(),
        tenant_id,
        actor,
        action: Action::TenantUpdated,
        object_id: tenant_id,
        at: app.kit.clock.now(),
    };
    audit::store::insert(conn, &entry).await?;
    let tenant = store::by_id(conn, tenant_id).await?.ok_or(Error::NotFound("tenant"))?;
    outbox::push(conn, app.kit.ids.next(), tenant_id, &events::renamed(&tenant)).await?;
    Ok(tenant)
}
