//! Queries of users and memberships.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Membership, Place, Role, StoredUser, UserColumns};
use crate::schema::{memberships, tenants, users};

type Columns = (
    users::id,
    users::tenant_id,
    users::subject_id,
    users::email,
    users::name,
    users::password_hash,
    users::created_at,
);
const COLUMNS: Columns = (
    users::id,
    users::tenant_id,
    users::subject_id,
    users::email,
    users::name,
    users::password_hash,
    users::created_at,
);

/// Writes down what an organisation knows of a user. Of a former member it replaces everything, the password too.
pub(crate) async fn put(conn: &mut Conn, user: &StoredUser) -> Result<usize, DbError> {
    let sealed = (
        users::id.eq(user.id),
        users::email.eq(user.email.as_bytes()),
        users::name.eq(user.name.as_bytes()),
        users::password_hash.eq(user.password_hash.as_bytes()),
        users::created_at.eq(user.created_at),
    );
    Ok(insert_into(users::table)
        .values((
            users::tenant_id.eq(user.tenant_id),
            users::subject_id.eq(user.subject_id),
            sealed,
        ))
        .on_conflict((users::tenant_id, users::subject_id))
        .do_update()
        .set(sealed)
        .execute(conn)
        .await?)
}

/// What an organisation knows of the users behind these ids, in no order.
pub(crate) async fn by_ids(
    conn: &mut Conn,
    tenant_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<StoredUser>, DbError> {
    let rows: Vec<UserColumns> = users::table
        .filter(users::tenant_id.eq(tenant_id))
        .filter(users::subject_id.eq_any(ids))
        .select(COLUMNS)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(StoredUser::from_columns).collect())
}

/// Adds a membership; 0 when there is one.
pub(crate) async fn insert_membership(
    conn: &mut Conn,
    membership: &Membership,
) -> Result<usize, DbError> {
    Ok(insert_into(memberships::table)
        .values((
            memberships::tenant_id.eq(membership.tenant_id),
            memberships::subject_id.eq(membership.user_id),
            memberships::role.eq(membership.role.as_str()),
            memberships::created_at.eq(membership.created_at),
        ))
        .on_conflict((memberships::tenant_id, memberships::subject_id))
        .do_nothing()
        .execute(conn)
        .await?)
}

/// The members of an organisation, by id.
pub(crate) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<Membership>, DbError> {
    let rows: Vec<(Uuid, String, DateTime<Utc>)> = memberships::table
        .filter(memberships::tenant_id.eq(tenant_id))
        .select((memberships::subject_id, memberships::role, memberships::created_at))
        .filter(memberships::subject_id.gt(page.after()))
        .order(memberships::subject_id)
        .limit(page.rows())
        .load(conn)
        .await?;
    let membership = |(user_id, role, created_at): (Uuid, String, DateTime<Utc>)| {
        Some(Membership { tenant_id, user_id, role: Role::parse(&role)?, created_at })
    };
    Ok(rows.into_iter().filter_map(membership).collect())
}

/// The places of a user in organisations that may act.
pub(crate) async fn places(conn: &mut Conn, user_id: Uuid) -> Result<Vec<Place>, DbError> {
    let rows: Vec<(Uuid, String, String)> = memberships::table
        .inner_join(tenants::table.on(tenants::tenant_id.eq(memberships::tenant_id)))
        .filter(memberships::subject_id.eq(user_id))
        .filter(tenants::status.eq("active"))
        .select((tenants::tenant_id, tenants::slug, memberships::role))
        .load(conn)
        .await?;
    let place = |(tenant_id, slug, role): (Uuid, String, String)| {
        Some(Place { tenant_id, slug, role: Role::parse(&role)? })
    };
    Ok(rows.into_iter().filter_map(place).collect())
}

/// The places of a user, each with what its organisation knows of them: their password there above all.
pub(crate) async fn doors(
    conn: &mut Conn,
    user_id: Uuid,
) -> Result<Vec<(Place, StoredUser)>, DbError> {
    let places = places(conn, user_id).await?;
    let rows: Vec<UserColumns> =
        users::table.filter(users::subject_id.eq(user_id)).select(COLUMNS).load(conn).await?;
    let mut known: HashMap<Uuid, StoredUser> =
        rows.into_iter().map(|row| (row.1, StoredUser::from_columns(row))).collect();
    let door = |place: Place| known.remove(&place.tenant_id).map(|user| (place, user));
    Ok(places.into_iter().filter_map(door).collect())
}

/// What a member is in an organisation.
pub(crate) async fn role(
    conn: &mut Conn,
    tenant_id: Uuid,
    user_id: Uuid,
) -> Result<Option<Role>, DbError> {
    let role: Option<String> = memberships::table
        .filter(memberships::tenant_id.eq(tenant_id))
        .filter(memberships::subject_id.eq(user_id))
        .select(memberships::role)
        .first(conn)
        .await
        .optional()?;
    Ok(role.and_then(|role| Role::parse(&role)))
}

/// The owners of an organisation, the first one first.
pub(crate) async fn owners(conn: &mut Conn, tenant_id: Uuid) -> Result<Vec<Uuid>, DbError> {
    Ok(memberships::table
        .filter(memberships::tenant_id.eq(tenant_id))
        .filter(memberships::role.eq(Role::Owner.as_str()))
        .order((memberships::created_at, memberships::subject_id))
        .select(memberships::subject_id)
        .load(conn)
        .await?)
}

/// Ends a membership.
pub(crate) async fn delete_membership(
    conn: &mut Conn,
    tenant_id: Uuid,
    user_id: Uuid,
) -> Result<usize, DbError> {
    Ok(delete(memberships::table)
        .filter(memberships::tenant_id.eq(tenant_id))
        .filter(memberships::subject_id.eq(user_id))
        .execute(conn)
        .await?)
}

/// Removes a user and their memberships everywhere.
pub(crate) async fn erase(conn: &mut Conn, user_id: Uuid) -> Result<usize, DbError> {
    let places = delete(memberships::table)
        .filter(memberships::subject_id.eq(user_id))
        .execute(conn)
        .await?;
    let users = delete(users::table).filter(users::subject_id.eq(user_id)).execute(conn).await?;
    Ok(places + users)
}
