//! Queries on `signing_keys`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, sql_query};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    keyring::sealed::SealContext,
};
use uuid::Uuid;

use super::domain::Life;
use crate::schema::signing_keys;

/// A published key as it is stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub(super) struct StoredKey {
    pub(super) id: Uuid,
    pub(super) public_jwk: String,
    pub(super) wrapped_key: Vec<u8>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) active_from: DateTime<Utc>,
}

impl StoredKey {
    pub(super) fn life(&self) -> Life {
        Life { id: self.id, active_from: self.active_from }
    }
}

/// Where a wrapped key is stored.
pub(super) fn place(id: Uuid) -> SealContext<'static> {
    SealContext::Row { table: "signing_keys", column: "wrapped_key", id }
}

/// Keeps replicas that start together from making a first key each, until the transaction ends.
pub(super) async fn lock(conn: &mut Conn) -> Result<(), DbError> {
    sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.signing_keys', 0))",
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, DbError> {
    let keys = signing_keys::table.order(signing_keys::active_from);
    Ok(keys.select(StoredKey::as_select()).load(conn).await?)
}

pub(super) async fn insert(conn: &mut Conn, key: &StoredKey) -> Result<(), DbError> {
    insert_into(signing_keys::table).values(key).execute(conn).await?;
    Ok(())
}

pub(super) async fn save_wrapped(
    conn: &mut Conn,
    id: Uuid,
    wrapped_key: &[u8],
) -> Result<usize, DbError> {
    let key = diesel::update(signing_keys::table.find(id));
    Ok(key.set(signing_keys::wrapped_key.eq(wrapped_key)).execute(conn).await?)
}

pub(super) async fn delete(conn: &mut Conn, ids: &[Uuid]) -> Result<usize, DbError> {
    let keys = signing_keys::table.filter(signing_keys::id.eq_any(ids));
    Ok(diesel::delete(keys).execute(conn).await?)
}
