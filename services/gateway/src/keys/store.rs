//! Rows of `signing_keys`.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*, sql_query};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::schema::signing_keys;

/// A key as it is stored.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = signing_keys)]
pub(crate) struct StoredKey {
    pub(crate) id: Uuid,
    pub(crate) public_jwk: String,
    pub(crate) wrapped_key: Vec<u8>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) active_from: DateTime<Utc>,
}

/// Keeps replicas that start together from making a first key each; held until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn) -> Result<(), DbError> {
    sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.signing_keys', 0))",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All published keys.
pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, DbError> {
    Ok(signing_keys::table.order(signing_keys::active_from).load(conn).await?)
}

/// Publishes a key.
pub(crate) async fn insert(conn: &mut Conn, key: &StoredKey) -> Result<(), DbError> {
    insert_into(signing_keys::table).values(key).execute(conn).await?;
    Ok(())
}

/// Takes a key out of the published set, for good.
pub(crate) async fn remove(conn: &mut Conn, ids: &[Uuid]) -> Result<usize, DbError> {
    Ok(delete(signing_keys::table.filter(signing_keys::id.eq_any(ids))).execute(conn).await?)
}
