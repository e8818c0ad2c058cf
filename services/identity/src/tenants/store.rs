//! Queries on `tenants`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::Tenant;
use crate::schema::tenants;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    tenant_id: Uuid,
    slug: String,
    name: String,
    status: String,
    created_at: DateTime<Utc>,
}

/// Adds an organisation; returns 0 if the short name is taken.
pub(super) async fn insert(conn: &mut Conn, tenant: &Tenant) -> Result<usize, DbError> {
    let row = Row {
        tenant_id: tenant.id,
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        status: tenant.status.clone(),
        created_at: tenant.created_at,
    };
    Ok(insert_into(tenants::table)
        .values(row)
        .on_conflict(tenants::slug)
        .do_nothing()
        .execute(conn)
        .await?)
}

pub(crate) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Tenant>, DbError> {
    let query = tenants::table.find(id).select(Row::as_select());
    Ok(query.first(conn).await.optional()?.map(Row::into))
}

pub(super) async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Tenant>, DbError> {
    let query = tenants::table.filter(tenants::slug.eq(slug)).select(Row::as_select());
    Ok(query.first(conn).await.optional()?.map(Row::into))
}

/// Keeps others from changing this organisation's members until the transaction ends; false if there is none.
pub(crate) async fn lock(conn: &mut Conn, id: Uuid) -> Result<bool, DbError> {
    let query = tenants::table.find(id).select(tenants::tenant_id).for_update();
    Ok(query.first::<Uuid>(conn).await.optional()?.is_some())
}

pub(super) async fn rename(conn: &mut Conn, id: Uuid, name: &str) -> Result<usize, DbError> {
    Ok(update(tenants::table.find(id)).set(tenants::name.eq(name)).execute(conn).await?)
}

impl From<Row> for Tenant {
    fn from(row: Row) -> Self {
        let Row { tenant_id: id, slug, name, status, created_at } = row;
        Self { id, slug, name, status, created_at }
    }
}
