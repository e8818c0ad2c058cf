//! Data keys in SQL.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_query, sql_types, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::schema::data_keys;

/// A data key, wrapped; without its bytes when destroyed.
#[derive(Debug, Clone, Queryable)]
pub struct Key {
    /// Whose.
    pub subject_id: Uuid,
    /// Of what.
    pub compartment: String,
    /// The controller.
    pub tenant_id: Uuid,
    /// The key-encryption key that wrapped it.
    pub kek_version: i32,
    /// The wrapped bytes.
    pub wrapped: Option<Vec<u8>>,
}

/// A key to be made.
pub struct NewKey {
    /// Whose.
    pub subject_id: Uuid,
    /// Of what.
    pub compartment: &'static str,
    /// The controller.
    pub tenant_id: Uuid,
    /// The key-encryption key that wrapped it.
    pub kek_version: i32,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
    /// When.
    pub created_at: DateTime<Utc>,
}

type Columns = (
    data_keys::subject_id,
    data_keys::compartment,
    data_keys::tenant_id,
    data_keys::kek_version,
    data_keys::wrapped,
);
const COLUMNS: Columns = (
    data_keys::subject_id,
    data_keys::compartment,
    data_keys::tenant_id,
    data_keys::kek_version,
    data_keys::wrapped,
);

/// All keys of some people.
pub async fn of_subjects(conn: &mut Conn, subjects: &[Uuid]) -> Result<Vec<Key>, DbError> {
    Ok(data_keys::table
        .filter(data_keys::subject_id.eq_any(subjects))
        .select(COLUMNS)
        .load(conn)
        .await?)
}

/// Makes keys of people who exist, belong to that tenant and are not erased; one that exists is left as it is. Rows come in
/// one order, so that two batches cannot wait for each other.
pub async fn insert(conn: &mut Conn, mut new: Vec<NewKey>) -> Result<(), DbError> {
    new.sort_by(|a, b| (a.subject_id, a.compartment).cmp(&(b.subject_id, b.compartment)));
    let Some(first) = new.as_slice().first() else { return Ok(()) };
    let (kek_version, created_at) = (first.kek_version, first.created_at);
    let subjects: Vec<Uuid> = new.iter().map(|k| k.subject_id).collect();
    let compartments: Vec<&str> = new.iter().map(|k| k.compartment).collect();
    let tenants: Vec<Uuid> = new.iter().map(|k| k.tenant_id).collect();
    let wrapped: Vec<Vec<u8>> = new.into_iter().map(|k| k.wrapped).collect();
    sql_query(
        "INSERT INTO data_keys (subject_id, compartment, tenant_id, kek_version, wrapped, created_at)
         SELECT n.subject_id, n.compartment, n.tenant_id, $5, n.wrapped, $6
         FROM unnest($1, $2, $3, $4) AS n (subject_id, compartment, tenant_id, wrapped)
         JOIN subjects s ON s.subject_id = n.subject_id AND s.tenant_id = n.tenant_id AND s.destroyed_at IS NULL
         ORDER BY n.subject_id, n.compartment
         ON CONFLICT DO NOTHING",
    )
    .bind::<sql_types::Array<sql_types::Uuid>, _>(subjects)
    .bind::<sql_types::Array<sql_types::Text>, _>(compartments)
    .bind::<sql_types::Array<sql_types::Uuid>, _>(tenants)
    .bind::<sql_types::Array<sql_types::Bytea>, _>(wrapped)
    .bind::<sql_types::Integer, _>(kek_version)
    .bind::<sql_types::Timestamptz, _>(created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Empties every key of a person; gives how many lived.
pub async fn destroy(conn: &mut Conn, tenant_id: Uuid, subject_id: Uuid) -> Result<i64, DbError> {
    let count = update(data_keys::table)
        .filter(data_keys::subject_id.eq(subject_id))
        .filter(data_keys::tenant_id.eq(tenant_id))
        .filter(data_keys::wrapped.is_not_null())
        .set(data_keys::wrapped.eq(None::<Vec<u8>>))
        .execute(conn)
        .await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Locks keys that an older key-encryption key wrapped.
pub async fn lock_older(conn: &mut Conn, current: i32, limit: i64) -> Result<Vec<Key>, DbError> {
    Ok(data_keys::table
        .filter(data_keys::kek_version.ne(current))
        .filter(data_keys::wrapped.is_not_null())
        .select(COLUMNS)
        .limit(limit)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?)
}

/// Replaces the wrapping of a key.
pub async fn set_wrapped(
    conn: &mut Conn,
    key: &Key,
    version: i32,
    wrapped: Vec<u8>,
) -> Result<(), DbError> {
    update(data_keys::table.find((key.subject_id, &key.compartment)))
        .set((data_keys::kek_version.eq(version), data_keys::wrapped.eq(wrapped)))
        .execute(conn)
        .await?;
    Ok(())
}
