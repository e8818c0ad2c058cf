//! Queries on `users` and `memberships`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Membership, Role, SealedText, Tenancy, User};
use crate::{
    schema::{memberships, tenants, users},
    tenants::domain::Status,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, primary_key(tenant_id, subject_id), treat_none_as_default_value = false)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct UserRow {
    id: Uuid,
    tenant_id: Uuid,
    subject_id: Uuid,
    email: Vec<u8>,
    name: Vec<u8>,
    password_hash: Vec<u8>,
    created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct MembershipRow {
    tenant_id: Uuid,
    subject_id: Uuid,
    /// Text, since a newer version may have written a role that this one does not know.
    role: String,
    created_at: DateTime<Utc>,
}

/// Stores what an organisation knows of a user. For a former member it replaces everything, the password too.
pub(crate) async fn save(conn: &mut Conn, user: &User) -> Result<usize, DbError> {
    let row = UserRow::from(user);
    Ok(insert_into(users::table)
        .values(&row)
        .on_conflict((users::tenant_id, users::subject_id))
        .do_update()
        .set(&row)
        .execute(conn)
        .await?)
}

/// Users as an organisation knows them, in no order.
pub(super) async fn by_subjects(
    conn: &mut Conn,
    tenant_id: Uuid,
    subjects: &[Uuid],
) -> Result<Vec<User>, DbError> {
    let rows: Vec<UserRow> = users::table
        .filter(users::tenant_id.eq(tenant_id))
        .filter(users::subject_id.eq_any(subjects))
        .select(UserRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// Adds a membership; returns 0 if there is one.
pub(crate) async fn insert_membership(
    conn: &mut Conn,
    membership: &Membership,
) -> Result<usize, DbError> {
    let Membership { tenant_id, user_id: subject_id, role, created_at } = *membership;
    let role = role.as_str().to_owned();
    Ok(insert_into(memberships::table)
        .values(MembershipRow { tenant_id, subject_id, role, created_at })
        .on_conflict((memberships::tenant_id, memberships::subject_id))
        .do_nothing()
        .execute(conn)
        .await?)
}

/// The members of an organisation, by id. One with an unknown role is left out.
pub(super) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<Membership>, DbError> {
    let rows: Vec<MembershipRow> = memberships::table
        .filter(memberships::tenant_id.eq(tenant_id))
        .filter(memberships::subject_id.gt(page.after()))
        .order(memberships::subject_id)
        .limit(page.rows())
        .select(MembershipRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().filter_map(MembershipRow::into_membership).collect())
}

/// The memberships of a user in organisations that may act. One with an unknown role is left out.
pub(crate) async fn tenancies(conn: &mut Conn, user_id: Uuid) -> Result<Vec<Tenancy>, DbError> {
    let rows: Vec<(Uuid, String, String)> = memberships::table
        .inner_join(tenants::table.on(tenants::tenant_id.eq(memberships::tenant_id)))
        .filter(memberships::subject_id.eq(user_id))
        .filter(tenants::status.eq(Status::Active))
        .select((tenants::tenant_id, tenants::slug, memberships::role))
        .load(conn)
        .await?;
    let tenancy = |(tenant_id, slug, role): (Uuid, String, String)| {
        Some(Tenancy { tenant_id, slug, role: Role::parse(&role)? })
    };
    Ok(rows.into_iter().filter_map(tenancy).collect())
}

/// The same, each with what its organisation knows of the user: above all their password there.
pub(crate) async fn credentials(
    conn: &mut Conn,
    user_id: Uuid,
) -> Result<Vec<(Tenancy, User)>, DbError> {
    let tenancies = tenancies(conn, user_id).await?;
    let query = users::table.filter(users::subject_id.eq(user_id)).select(UserRow::as_select());
    let rows: Vec<UserRow> = query.load(conn).await?;
    let mut users: HashMap<Uuid, User> =
        rows.into_iter().map(|row| (row.tenant_id, row.into())).collect();
    let credential =
        |tenancy: Tenancy| users.remove(&tenancy.tenant_id).map(|user| (tenancy, user));
    Ok(tenancies.into_iter().filter_map(credential).collect())
}

pub(super) async fn role(
    conn: &mut Conn,
    tenant_id: Uuid,
    user_id: Uuid,
) -> Result<Option<Role>, DbError> {
    let query = memberships::table.find((tenant_id, user_id)).select(memberships::role);
    Ok(query.first(conn).await.optional()?)
}

/// The owners of an organisation, the first one first.
pub(crate) async fn owners(conn: &mut Conn, tenant_id: Uuid) -> Result<Vec<Uuid>, DbError> {
    Ok(memberships::table
        .filter(memberships::tenant_id.eq(tenant_id))
        .filter(memberships::role.eq(Role::Owner))
        .order((memberships::created_at, memberships::subject_id))
        .select(memberships::subject_id)
        .load(conn)
        .await?)
}

pub(super) async fn delete_membership(
    conn: &mut Conn,
    tenant_id: Uuid,
    user_id: Uuid,
) -> Result<usize, DbError> {
    Ok(delete(memberships::table.find((tenant_id, user_id))).execute(conn).await?)
}

/// Deletes a user and their memberships everywhere.
pub(super) async fn erase(conn: &mut Conn, user_id: Uuid) -> Result<usize, DbError> {
    let query = delete(memberships::table).filter(memberships::subject_id.eq(user_id));
    let memberships = query.execute(conn).await?;
    let users = delete(users::table).filter(users::subject_id.eq(user_id)).execute(conn).await?;
    Ok(memberships + users)
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            tenant_id: user.tenant_id,
            subject_id: user.subject_id,
            email: user.email.as_bytes().to_vec(),
            name: user.name.as_bytes().to_vec(),
            password_hash: user.password_hash.as_bytes().to_vec(),
            created_at: user.created_at,
        }
    }
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            subject_id: row.subject_id,
            email: SealedText::from_bytes(row.email),
            name: SealedText::from_bytes(row.name),
            password_hash: SealedText::from_bytes(row.password_hash),
            created_at: row.created_at,
        }
    }
}

impl MembershipRow {
    fn into_membership(self) -> Option<Membership> {
        let Self { tenant_id, subject_id: user_id, role, created_at } = self;
        Some(Membership { tenant_id, user_id, role: Role::parse(&role)?, created_at })
    }
}
