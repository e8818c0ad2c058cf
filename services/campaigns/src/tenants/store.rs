//! Queries on `tenants`.

use diesel::{insert_into, prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::schema::tenants;

pub(crate) async fn upsert(
    conn: &mut Conn,
    tenant_id: Uuid,
    slug: &str,
    name: &str,
) -> Result<(), DbError> {
    insert_into(tenants::table)
        .values((tenants::tenant_id.eq(tenant_id), tenants::slug.eq(slug), tenants::name.eq(name)))
        .on_conflict(tenants::tenant_id)
        .do_update()
        .set((tenants::slug.eq(excluded(tenants::slug)), tenants::name.eq(excluded(tenants::name))))
        .execute(conn)
        .await?;
    Ok(())
}

/// None until identity's event has arrived.
pub(crate) async fn name(conn: &mut Conn, tenant_id: Uuid) -> Result<Option<String>, DbError> {
    let name = tenants::table.find(tenant_id).select(tenants::name).first(conn).await;
    Ok(name.optional()?)
}
