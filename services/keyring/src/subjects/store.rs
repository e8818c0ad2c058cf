//! Subjects and index keys in SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::schema::{data_keys, index_keys, subjects};

/// Tenant and blind index.
pub type IndexPlace = (Uuid, Vec<u8>);
/// Subjects by tenant and blind index.
pub type Found = HashMap<IndexPlace, Uuid>;

/// A person looked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The tenant.
    pub tenant_id: Uuid,
    /// The blind index of their address.
    pub email_index: Vec<u8>,
    /// May be made.
    pub mint: bool,
}

impl Wanted {
    /// Where the person is found.
    pub fn place(&self) -> IndexPlace {
        (self.tenant_id, self.email_index.clone())
    }
}

/// A person to be made.
pub struct NewSubject {
    /// Random.
    pub subject_id: Uuid,
    /// The tenant.
    pub tenant_id: Uuid,
    /// The blind index of their address.
    pub email_index: Vec<u8>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// The people that exist. One statement for each, all on their way together: a list in one statement (`= ANY`) is planned
/// once for any number of people and any size of the table, and the plan made while it was small reads it whole.
pub async fn find(conn: &Conn, wanted: &[&Wanted]) -> Result<Found, DbError> {
    let found = try_join_all(wanted.iter().map(|wanted| find_one(conn, wanted))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn find_one(mut conn: &Conn, wanted: &Wanted) -> Result<Option<(IndexPlace, Uuid)>, DbError> {
    let subject_id = subjects::table
        .filter(subjects::tenant_id.eq(wanted.tenant_id))
        .filter(subjects::email_index.eq(&wanted.email_index))
        .select(subjects::subject_id)
        .first(&mut conn)
        .await
        .optional()?;
    Ok(subject_id.map(|subject_id| (wanted.place(), subject_id)))
}

/// Makes people; those that somebody else made meanwhile are left out of the answer. They come in one order, so that two
/// batches cannot wait for each other.
pub async fn insert(conn: &Conn, new: Vec<NewSubject>) -> Result<Found, DbError> {
    let made = try_join_all(new.into_iter().map(|new| insert_one(conn, new))).await?;
    Ok(made.into_iter().flatten().collect())
}

async fn insert_one(
    mut conn: &Conn,
    new: NewSubject,
) -> Result<Option<(IndexPlace, Uuid)>, DbError> {
    let made = insert_into(subjects::table)
        .values((
            subjects::subject_id.eq(new.subject_id),
            subjects::tenant_id.eq(new.tenant_id),
            subjects::email_index.eq(&new.email_index),
            subjects::created_at.eq(new.created_at),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await?;
    Ok((made > 0).then_some(((new.tenant_id, new.email_index), new.subject_id)))
}

/// Takes the address's index from a person.
pub async fn forget(
    conn: &mut Conn,
    tenant_id: Uuid,
    subject_id: Uuid,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    update(subjects::table)
        .filter(subjects::subject_id.eq(subject_id))
        .filter(subjects::tenant_id.eq(tenant_id))
        .filter(subjects::destroyed_at.is_null())
        .set((subjects::email_index.eq(None::<Vec<u8>>), subjects::destroyed_at.eq(at)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The tenant's index key; the given one becomes it when there is none.
pub async fn index_key(
    conn: &mut Conn,
    tenant_id: Uuid,
    version: i32,
    wrapped: &[u8],
) -> Result<(i32, Vec<u8>), DbError> {
    insert_into(index_keys::table)
        .values((
            index_keys::tenant_id.eq(tenant_id),
            index_keys::kek_version.eq(version),
            index_keys::wrapped.eq(wrapped),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(index_keys::table
        .filter(index_keys::tenant_id.eq(tenant_id))
        .select((index_keys::kek_version, index_keys::wrapped))
        .first(conn)
        .await?)
}

/// Locks index keys that an older key-encryption key wrapped.
pub async fn lock_older_index_keys(
    conn: &mut Conn,
    current: i32,
) -> Result<Vec<(Uuid, i32, Vec<u8>)>, DbError> {
    Ok(index_keys::table
        .filter(index_keys::kek_version.ne(current))
        .select((index_keys::tenant_id, index_keys::kek_version, index_keys::wrapped))
        .for_update()
        .load(conn)
        .await?)
}

/// Replaces the wrapping of an index key.
pub async fn set_index_key(
    conn: &mut Conn,
    tenant_id: Uuid,
    version: i32,
    wrapped: Vec<u8>,
) -> Result<(), DbError> {
    update(index_keys::table.find(tenant_id))
        .set((index_keys::kek_version.eq(version), index_keys::wrapped.eq(wrapped)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The key-encryption keys that stored keys still need.
pub async fn versions_in_use(conn: &mut Conn) -> Result<Vec<i32>, DbError> {
    let mut versions: Vec<i32> =
        index_keys::table.select(index_keys::kek_version).distinct().load(conn).await?;
    let data: Vec<i32> = data_keys::table
        .filter(data_keys::wrapped.is_not_null())
        .select(data_keys::kek_version)
        .distinct()
        .load(conn)
        .await?;
    versions.extend(data);
    Ok(versions)
}
