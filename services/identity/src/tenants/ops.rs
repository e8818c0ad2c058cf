//! Commands on organisations.

use kit::{db::Conn, events::outbox};
use uuid::Uuid;

use super::{domain::Tenant, events, store};
use crate::{
    audit::{
        self,
        domain::{Action, Author},
    },
    error::Error,
    users::{
        self,
        domain::{Membership, Role, User},
    },
};

/// Creates an organisation with its first owner. If the short name is taken, nothing changes. Returns the ids of the
/// organisation and of its owner.
pub(crate) async fn create(
    conn: &mut Conn,
    author: &Author,
    tenant: Tenant,
    owner: &User,
) -> Result<(Uuid, Uuid), Error> {
    if store::insert(conn, &tenant).await? == 0 {
        return existing(conn, &tenant.slug, owner.subject_id).await;
    }
    let membership = Membership {
        tenant_id: tenant.id,
        user_id: owner.subject_id,
        role: Role::Owner,
        created_at: tenant.created_at,
    };
    users::store::save(conn, owner).await?;
    users::store::insert_membership(conn, &membership).await?;
    for (action, object_id) in
        [(Action::TenantCreated, tenant.id), (Action::MemberAdded, membership.user_id)]
    {
        audit::store::insert(conn, author.entry(action, object_id)).await?;
    }
    outbox::push(conn, author.ids.next(), tenant.id, &events::created(&tenant)).await?;
    Ok((tenant.id, membership.user_id))
}

/// The ids of the organisation with this short name and of an owner: the one given if they are, else the first.
async fn existing(conn: &mut Conn, slug: &str, owner_id: Uuid) -> Result<(Uuid, Uuid), Error> {
    let tenant = store::by_slug(conn, slug).await?.ok_or(Error::NoSuchTenant)?;
    let owners = users::store::owners(conn, tenant.id).await?;
    let owner = owners.iter().find(|id| **id == owner_id).or(owners.first());
    Ok((tenant.id, *owner.ok_or(Error::NoSuchOwner)?))
}

pub(super) async fn rename(conn: &mut Conn, author: &Author, name: &str) -> Result<Tenant, Error> {
    let id = author.tenant_id;
    if store::rename(conn, id, name).await? == 0 {
        return Err(Error::NoSuchTenant);
    }
    audit::store::insert(conn, author.entry(Action::TenantUpdated, id)).await?;
    let tenant = store::by_id(conn, id).await?.ok_or(Error::NoSuchTenant)?;
    outbox::push(conn, author.ids.next(), id, &events::renamed(&tenant)).await?;
    Ok(tenant)
}
