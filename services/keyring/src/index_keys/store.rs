//! Queries on `index_keys`.

use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{schema::index_keys, wrapper::Wrapped};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = index_keys, primary_key(tenant_id), treat_none_as_default_value = false)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct Row {
    tenant_id: Uuid,
    kek_version: i32,
    wrapped: Vec<u8>,
}

/// Adds a tenant's index key, unless there is one.
pub(super) async fn insert(conn: &mut Conn, tenant_id: Uuid, key: Wrapped) -> Result<(), DbError> {
    let row = Row { tenant_id, kek_version: key.version, wrapped: key.bytes };
    insert_into(index_keys::table).values(row).on_conflict_do_nothing().execute(conn).await?;
    Ok(())
}

pub(super) async fn by_tenant(conn: &mut Conn, tenant_id: Uuid) -> Result<Wrapped, DbError> {
    let row: Row = index_keys::table.find(tenant_id).select(Row::as_select()).first(conn).await?;
    Ok(row.into())
}

/// Locks the keys that an older key-encryption key wrapped, by tenant.
pub(super) async fn lock_older(
    conn: &mut Conn,
    current: i32,
) -> Result<Vec<(Uuid, Wrapped)>, DbError> {
    let rows: Vec<Row> = index_keys::table
        .filter(index_keys::kek_version.ne(current))
        .select(Row::as_select())
        .for_update()
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.tenant_id, row.into())).collect())
}

/// Replaces the wrapping of a key.
pub(super) async fn save(conn: &mut Conn, tenant_id: Uuid, key: Wrapped) -> Result<(), DbError> {
    let row = Row { tenant_id, kek_version: key.version, wrapped: key.bytes };
    update(index_keys::table.find(tenant_id)).set(row).execute(conn).await?;
    Ok(())
}

/// The versions of the key-encryption keys that wrap them.
pub(super) async fn versions(conn: &mut Conn) -> Result<Vec<i32>, DbError> {
    Ok(index_keys::table.select(index_keys::kek_version).distinct().load(conn).await?)
}

impl From<Row> for Wrapped {
    fn from(row: Row) -> Self {
        Self { version: row.kek_version, bytes: row.wrapped }
    }
}
