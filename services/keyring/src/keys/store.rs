//! Queries on `data_keys`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::{
    insert_into,
    prelude::*,
    select,
    sql_types::{Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
    update,
};
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use kit::db::{Conn, DbError, unnest::unnest};
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

/// All keys of some people.
pub(super) async fn of_subjects(
    mut conn: &Conn,
    people: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Key>, DbError> {
    let people: Vec<Uuid> = people.into_iter().collect();
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let query = data_keys::table.filter(data_keys::subject_id.eq_any(people));
    let rows: Vec<Row> = query.select(Row::as_select()).load(&mut conn).await?;
    Ok(rows.into_iter().map(Key::from).collect())
}

/// Those of the people who belong to that tenant and are not erased; nobody erases them before this transaction ends.
pub(super) async fn lock_living(
    conn: &Conn,
    people: impl IntoIterator<Item = (Uuid, Uuid)>,
) -> Result<HashSet<Uuid>, DbError> {
    let locked =
        people.into_iter().map(|(tenant_id, subject_id)| lock(conn, tenant_id, subject_id));
    Ok(try_join_all(locked).await?.into_iter().flatten().collect())
}

async fn lock(mut conn: &Conn, tenant_id: Uuid, subject_id: Uuid) -> Result<Option<Uuid>, DbError> {
    let living = subjects::table
        .find(subject_id)
        .filter(subjects::tenant_id.eq(tenant_id))
        .filter(subjects::destroyed_at.is_null());
    Ok(living.select(subjects::subject_id).for_share().first(&mut conn).await.optional()?)
}

/// Adds keys of living people; one that exists is left as it is. They are added in one order, so that two batches cannot wait
/// for each other.
pub(super) async fn insert(
    mut conn: &Conn,
    mut keys: Vec<Key>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    if keys.is_empty() {
        return Ok(());
    }
    keys.sort_by(|a, b| (a.subject_id, &a.compartment).cmp(&(b.subject_id, &b.compartment)));
    let rows = select((
        unnest::<SqlUuid, _>(column(&keys, |key| key.subject_id)),
        unnest::<Text, _>(column(&keys, |key| key.compartment.as_str())),
        unnest::<SqlUuid, _>(column(&keys, |key| key.tenant_id)),
        unnest::<Integer, _>(column(&keys, |key| key.wrapped.as_ref().map_or(0, |it| it.version))),
        unnest::<Nullable<Bytea>, _>(column(&keys, |key| {
            key.wrapped.as_ref().map(|it| it.bytes.as_slice())
        })),
        now.into_sql::<Timestamptz>(),
    ));
    insert_into(data_keys::table)
        .values(rows)
        .into_columns((
            data_keys::subject_id,
            data_keys::compartment,
            data_keys::tenant_id,
            data_keys::kek_version,
            data_keys::wrapped,
            data_keys::created_at,
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await?;
    Ok(())
}

fn column<'a, T>(keys: &'a [Key], value: impl Fn(&'a Key) -> T) -> Vec<T> {
    keys.iter().map(value).collect()
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
