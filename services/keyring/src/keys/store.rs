//! Queries on `data_keys`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, sql_types, update};
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::Key;
use crate::{
    schema::{data_keys, subjects},
    wrapper::Wrapped,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = data_keys, check_for_backend(diesel::pg::Pg))]
struct Row {
    subject_id: Uuid,
    compartment: String,
    tenant_id: Uuid,
    kek_version: i32,
    wrapped: Option<Vec<u8>>,
}

/// All keys of some people. One statement for each, all sent together (`find` in `subjects/store.rs` says why).
pub(super) async fn of_subjects(
    conn: &Conn,
    subjects: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Key>, DbError> {
    let keys = try_join_all(subjects.into_iter().map(|subject_id| of_subject(conn, subject_id)));
    Ok(keys.await?.into_iter().flatten().map(Key::from).collect())
}

async fn of_subject(mut conn: &Conn, subject_id: Uuid) -> Result<Vec<Row>, DbError> {
    let query = data_keys::table.filter(data_keys::subject_id.eq(subject_id));
    Ok(query.select(Row::as_select()).load(&mut conn).await?)
}

/// Adds keys of people who exist, belong to that tenant and are not erased, and returns those it added; one that exists is
/// left as it is. They are added in one order, so that two batches cannot wait for each other.
pub(super) async fn insert(
    conn: &Conn,
    mut keys: Vec<Key>,
    now: DateTime<Utc>,
) -> Result<Vec<Key>, DbError> {
    keys.sort_by(|a, b| (a.subject_id, &a.compartment).cmp(&(b.subject_id, &b.compartment)));
    let added = try_join_all(keys.into_iter().map(|key| insert_one(conn, key, now))).await?;
    Ok(added.into_iter().flatten().map(Key::from).collect())
}

async fn insert_one(mut conn: &Conn, key: Key, now: DateTime<Utc>) -> Result<Option<Row>, DbError> {
    let Some(Wrapped { version, bytes }) = key.wrapped else { return Ok(None) };
    let living = subjects::table
        .filter(subjects::subject_id.eq(key.subject_id))
        .filter(subjects::tenant_id.eq(key.tenant_id))
        .filter(subjects::destroyed_at.is_null())
        .select((
            subjects::subject_id,
            key.compartment.into_sql::<sql_types::Text>(),
            subjects::tenant_id,
            version.into_sql::<sql_types::Integer>(),
            bytes.into_sql::<sql_types::Nullable<sql_types::Bytea>>(),
            now.into_sql::<sql_types::Timestamptz>(),
        ));
    let added = insert_into(data_keys::table)
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
        .returning(Row::as_returning());
    Ok(added.get_result(&mut conn).await.optional()?)
}

/// Empties every key of a person; returns how many lived.
pub(crate) async fn destroy(
    conn: &mut Conn,
    tenant_id: Uuid,
    subject_id: Uuid,
) -> Result<usize, DbError> {
    Ok(update(data_keys::table)
        .filter(data_keys::subject_id.eq(subject_id))
        .filter(data_keys::tenant_id.eq(tenant_id))
        .filter(data_keys::wrapped.is_not_null())
        .set(data_keys::wrapped.eq(None::<Vec<u8>>))
        .execute(conn)
        .await?)
}

/// Whether a person has a living key of other compartments than these.
pub(crate) async fn has_others(
    conn: &mut Conn,
    subject_id: Uuid,
    compartments: &[&str],
) -> Result<bool, DbError> {
    let others = data_keys::table
        .filter(data_keys::subject_id.eq(subject_id))
        .filter(data_keys::wrapped.is_not_null())
        .filter(data_keys::compartment.ne_all(compartments.iter().copied()));
    Ok(diesel::select(diesel::dsl::exists(others)).get_result(conn).await?)
}

/// Locks living keys that an older key-encryption key wrapped.
pub(super) async fn lock_older(
    conn: &mut Conn,
    current: i32,
    limit: i64,
) -> Result<Vec<Key>, DbError> {
    let rows: Vec<Row> = data_keys::table
        .filter(data_keys::kek_version.ne(current))
        .filter(data_keys::wrapped.is_not_null())
        .select(Row::as_select())
        .limit(limit)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Key::from).collect())
}

/// Replaces the wrapping of a key.
pub(super) async fn save(conn: &mut Conn, key: &Key, wrapped: Wrapped) -> Result<(), DbError> {
    let Wrapped { version, bytes } = wrapped;
    update(data_keys::table.find((key.subject_id, &key.compartment)))
        .set((data_keys::kek_version.eq(version), data_keys::wrapped.eq(bytes)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The versions of the key-encryption keys that wrap living keys.
pub(crate) async fn versions(conn: &mut Conn) -> Result<Vec<i32>, DbError> {
    let query = data_keys::table.filter(data_keys::wrapped.is_not_null());
    Ok(query.select(data_keys::kek_version).distinct().load(conn).await?)
}

impl From<Row> for Key {
    fn from(row: Row) -> Self {
        let Row { subject_id, compartment, tenant_id, kek_version: version, wrapped } = row;
        let wrapped = wrapped.map(|bytes| Wrapped { version, bytes });
        Self { subject_id, compartment, tenant_id, wrapped }
    }
}
