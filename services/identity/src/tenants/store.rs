//! Queries of organisations.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::Tenant;
use crate::schema::tenants;

type Row = (Uuid, String, String, String, DateTime<Utc>);

fn tenant((id, slug, name, status, created_at): Row) -> Tenant {
    Tenant { id, slug, name, status, created_at }
}

/// One organisation.
pub(crate) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Tenant>, DbError> {
    let row: Option<Row> =
        tenants::table.filter(tenants::tenant_id.eq(id)).first(conn).await.optional()?;
    Ok(row.map(tenant))
}

/// One organisation by its short name.
pub(crate) async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Tenant>, DbError> {
    let row: Option<Row> =
        tenants::table.filter(tenants::slug.eq(slug)).first(conn).await.optional()?;
    Ok(row.map(tenant))
}

/// Keeps others from changing this organisation's members until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn, id: Uuid) -> Result<bool, DbError> {
    let found: Option<Uuid> = tenants::table
        .filter(tenants::tenant_id.eq(id))
        .select(tenants::tenant_id)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// Adds an organisation; 0 when the short name is taken.
pub(crate) async fn insert(conn: &mut Conn, tenant: &Tenant) -> Result<usize, DbError> {
    Ok(insert_into(tenants::table)
        .values((
            tenants::tenant_id.eq(tenant.id),
            tenants::slug.eq(&tenant.slug),
            tenants::name.eq(&tenant.name),
            tenants::status.eq(&tenant.status),
            tenants::created_at.eq(tenant.created_at),
        ))
        .on_conflict(tenants::slug)
        .do_nothing()
        .execute(conn)
        .await?)
}

/// Gives an organisation another name.
pub(crate) async fn rename(conn: &mut Conn, id: Uuid, name: &str) -> Result<usize, DbError> {
    Ok(update(tenants::table)
        .filter(tenants::tenant_id.eq(id))
        .set(tenants::name.eq(name))
        .execute(conn)
        .await?)
}
