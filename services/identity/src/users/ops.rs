//! Commands on users and memberships.

use contracts::{
    identity::{PLATFORM_TENANT, UserErased},
    retention::SubjectErased,
};
use kit::{
    db::{Conn, probe},
    events::outbox,
};
use uuid::Uuid;

use super::{
    domain::{Membership, StoredUser},
    store,
};
use crate::{
    app::App,
    audit::{
        self,
        domain::{Action, Actor, Entry},
    },
    error::Error,
    sessions, sign_ins, tenants,
};

/// Makes somebody a member, under the name and the password that this organisation gives them.
pub(crate) async fn add(
    app: &App,
    conn: &mut Conn,
    actor: Actor,
    user: &StoredUser,
    membership: Membership,
) -> Result<Membership, Error> {
    if tenants::store::by_id(conn, membership.tenant_id).await?.is_none() {
        return Err(Error::NotFound("tenant"));
    }
    store::put(conn, user).await?;
    if store::insert_membership(conn, &membership).await? == 0 {
        return Err(Error::AlreadyMember);
    }
    note(app, conn, actor, Action::MemberAdded, &membership).await?;
    Ok(membership)
}

/// Ends a membership and the sessions under it. The last owner stays.
pub(crate) async fn remove(
    app: &App,
    conn: &mut Conn,
    actor: Actor,
    tenant_id: Uuid,
    user_id: Uuid,
) -> Result<(), Error> {
    if !tenants::store::lock(conn, tenant_id).await? {
        return Err(Error::NotFound("user"));
    }
    if store::owners(conn, tenant_id).await? == [user_id] {
        return Err(Error::LastOwner);
    }
    if store::delete_membership(conn, tenant_id, user_id).await? == 0 {
        return Err(Error::NotFound("user"));
    }
    let now = app.kit.clock.now();
    sessions::store::end_of_member(conn, tenant_id, user_id, now).await?;
    let entry = Entry {
        id: app.kit.ids.next(),
        tenant_id,
        actor,
        action: Action::MemberRemoved,
        object_id: user_id,
        at: now,
    };
    Ok(audit::store::insert(conn, &entry).await?)
}

/// Removes all rows about an erased user, counts what other code still finds, and answers.
pub(crate) async fn erase(
    app: &App,
    conn: &mut Conn,
    tenant_id: Uuid,
    event: &SubjectErased,
) -> Result<(), Error> {
    let id = event.subject_id;
    let rows = if tenant_id == PLATFORM_TENANT {
        sign_ins::store::erase(conn, id).await?
            + sessions::store::erase(conn, id).await?
            + store::erase(conn, id).await?
    } else {
        0
    };
    let remaining = probe::remaining(conn, id).await?;
    let answer = UserErased {
        erasure_id: event.erasure_id,
        subject_id: id,
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        remaining,
    };
    Ok(outbox::push(conn, app.kit.ids.next(), tenant_id, &answer).await?)
}

async fn note(
    app: &App,
    conn: &mut Conn,
    actor: Actor,
    action: Action,
    membership: &Membership,
) -> Result<(), Error> {
    let entry = Entry {
        id: app.kit.ids.next(),
        tenant_id: membership.tenant_id,
        actor,
        action,
        object_id: membership.user_id,
        at: membership.created_at,
    };
    Ok(audit::store::insert(conn, &entry).await?)
}
