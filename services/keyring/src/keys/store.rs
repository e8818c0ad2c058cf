//! Data keys in SQL.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, sql_types, update};
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::schema::{data_keys, subjects};

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

/// All keys of some people. One statement for each, all on their way together (why: [`crate::subjects::store::find`]).
pub async fn of_subjects(
    conn: &Conn,
    subjects: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Key>, DbError> {
    let keys = try_join_all(subjects.into_iter().map(|subject_id| of_subject(conn, subject_id)));
    Ok(keys.await?.into_iter().flatten().collect())
}

async fn of_subject(mut conn: &Conn, subject_id: Uuid) -> Result<Vec<Key>, DbError> {
    let keys = data_keys::table.filter(data_keys::subject_id.eq(subject_id)).select(COLUMNS);
    Ok(keys.load(&mut conn).await?)
}

/// Makes keys of people who exist, belong to that tenant and are not erased, and gives those it made; one that exists is
/// left as it is. They come in one order, so that two batches cannot wait for each other.
pub async fn insert(conn: &Conn, mut new: Vec<NewKey>) -> Result<Vec<Key>, DbError> {
    new.sort_by(|a, b| (a.subject_id, a.compartment).cmp(&(b.subject_id, b.compartment)));
    let made = try_join_all(new.into_iter().map(|key| insert_one(conn, key))).await?;
    Ok(made.into_iter().flatten().collect())
}

async fn insert_one(mut conn: &Conn, key: NewKey) -> Result<Option<Key>, DbError> {
    let living = subjects::table
        .filter(subjects::subject_id.eq(key.subject_id))
        .filter(subjects::tenant_id.eq(key.tenant_id))
        .filter(subjects::destroyed_at.is_null())
        .select((
            subjects::subject_id,
            key.compartment.into_sql::<sql_types::Text>(),
            subjects::tenant_id,
            key.kek_version.into_sql::<sql_types::Integer>(),
            key.wrapped.into_sql::<sql_types::Nullable<sql_types::Bytea>>(),
            key.created_at.into_sql::<sql_types::Timestamptz>(),
        ));
    let made = insert_into(data_keys::table)
        .values(living)
        .into_columns((
            data_keys::subject_id,
            data_keys::compartment,
            data_keys::tenant_id,
            data_keys::kek_version,
            data_keys::wrapped,
            data_keys::created_at,
        ))
        .on_conflict_do_nothing()
        .returning(COLUMNS);
    Ok(made.get_result(&mut conn).await.optional()?)
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
