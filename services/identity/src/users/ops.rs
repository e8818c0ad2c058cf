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
    domain::{Membership, Role, User},
    store,
};
use crate::{
    audit::{
        self,
        domain::{Action, Author},
    },
    error::Error,
    sessions, sign_ins, tenants,
};

/// Makes somebody a member, with the name and the password that this organisation gives them.
pub(super) async fn create(
    conn: &mut Conn,
    author: &Author,
    user: &User,
    role: Role,
) -> Result<Membership, Error> {
    let User { tenant_id, subject_id: user_id, created_at, .. } = *user;
    let membership = Membership { tenant_id, user_id, role, created_at };
    if tenants::store::by_id(conn, tenant_id).await?.is_none() {
        return Err(Error::NoSuchTenant);
    }
    store::save(conn, user).await?;
    if store::insert_membership(conn, &membership).await? == 0 {
        return Err(Error::AlreadyMember);
    }
    audit::store::insert(conn, author.entry(Action::MemberAdded, user_id)).await?;
    Ok(membership)
}

/// Ends a membership and its sessions. Refuses to remove the last owner.
pub(super) async fn delete(conn: &mut Conn, author: &Author, user_id: Uuid) -> Result<(), Error> {
    let tenant_id = author.tenant_id;
    if !tenants::store::lock(conn, tenant_id).await? {
        return Err(Error::NoSuchUser);
    }
    if store::owners(conn, tenant_id).await? == [user_id] {
        return Err(Error::LastOwner);
    }
    if store::delete_membership(conn, tenant_id, user_id).await? == 0 {
        return Err(Error::NoSuchUser);
    }
    sessions::store::end_all(conn, tenant_id, user_id, author.now).await?;
    Ok(audit::store::insert(conn, author.entry(Action::MemberRemoved, user_id)).await?)
}

/// Deletes all rows about an erased user, counts what other code still finds, and acknowledges the erasure.
pub(crate) async fn erase(
    conn: &mut Conn,
    answer_id: Uuid,
    tenant_id: Uuid,
    event: &SubjectErased,
) -> Result<(), Error> {
    let SubjectErased { erasure_id, subject_id } = *event;
    let rows = if tenant_id == PLATFORM_TENANT {
        sign_ins::store::erase(conn, subject_id).await?
            + sessions::store::erase(conn, subject_id).await?
            + store::erase(conn, subject_id).await?
    } else {
        0
    };
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let remaining = probe::remaining(conn, subject_id).await?;
    let answer = UserErased { erasure_id, subject_id, rows, remaining };
    Ok(outbox::push(conn, answer_id, tenant_id, &answer).await?)
}
