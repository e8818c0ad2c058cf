//! Queries on `subjects`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::{AddressIndex, NewSubject, Subject};
use crate::schema::subjects;

/// Ids of subjects.
pub(super) type Subjects<'a> = HashMap<&'a AddressIndex, Uuid>;

/// The people that exist. One statement for each, all sent together: a list in one statement (`= ANY`) is planned once for
/// any number of people and any size of the table, and the plan made while the table was small reads it whole.
pub(super) async fn find<'a>(
    conn: &Conn,
    people: impl Iterator<Item = &'a AddressIndex>,
) -> Result<Subjects<'a>, DbError> {
    let found = try_join_all(people.map(|index| find_one(conn, index))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn find_one<'a>(
    mut conn: &Conn,
    index: &'a AddressIndex,
) -> Result<Option<(&'a AddressIndex, Uuid)>, DbError> {
    let found = subjects::table
        .filter(subjects::tenant_id.eq(index.tenant_id))
        .filter(subjects::email_index.eq(&index.email_index))
        .select((subjects::subject_id, subjects::leaving_at))
        .first::<(Uuid, Option<DateTime<Utc>>)>(&mut conn)
        .await
        .optional()?;
    Ok(match found {
        Some((id, Some(_))) if stay(conn, id).await? == 0 => None,
        found => found.map(|(id, _)| (index, id)),
    })
}

/// Whoever is asked for does not leave; 0 if the person ended at this moment.
async fn stay(mut conn: &Conn, subject_id: Uuid) -> Result<usize, DbError> {
    Ok(update(subjects::table.find(subject_id))
        .filter(subjects::destroyed_at.is_null())
        .set(subjects::leaving_at.eq(None::<DateTime<Utc>>))
        .execute(&mut conn)
        .await?)
}

/// Locks a person; none if the person is erased or has ended.
pub(super) async fn lock(
    conn: &mut Conn,
    tenant_id: Uuid,
    subject_id: Uuid,
) -> Result<Option<Subject>, DbError> {
    let leaving_at = subjects::table
        .find(subject_id)
        .filter(subjects::tenant_id.eq(tenant_id))
        .filter(subjects::destroyed_at.is_null())
        .select(subjects::leaving_at)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(leaving_at.map(|leaving_at| Subject { leaving_at }))
}

pub(super) async fn set_leaving(
    conn: &mut Conn,
    subject_id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let person = update(subjects::table.find(subject_id));
    Ok(person.set(subjects::leaving_at.eq(now)).execute(conn).await?)
}

/// Adds people and returns those it added; the others were added meanwhile by somebody else. They are added in one order,
/// so that two batches cannot wait for each other.
pub(super) async fn insert<'a>(
    conn: &Conn,
    new: impl Iterator<Item = NewSubject<'a>>,
) -> Result<Subjects<'a>, DbError> {
    let added = try_join_all(new.map(|new| insert_one(conn, new))).await?;
    Ok(added.into_iter().flatten().collect())
}

async fn insert_one<'a>(
    mut conn: &Conn,
    new: NewSubject<'a>,
) -> Result<Option<(&'a AddressIndex, Uuid)>, DbError> {
    let added = insert_into(subjects::table)
        .values((
            subjects::subject_id.eq(new.id),
            subjects::tenant_id.eq(new.index.tenant_id),
            subjects::email_index.eq(&new.index.email_index),
            subjects::created_at.eq(new.created_at),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await?;
    Ok((added > 0).then_some((new.index, new.id)))
}

/// Removes the index of a person's address.
pub(super) async fn forget(
    conn: &mut Conn,
    tenant_id: Uuid,
    subject_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    update(subjects::table.find(subject_id))
        .filter(subjects::tenant_id.eq(tenant_id))
        .filter(subjects::destroyed_at.is_null())
        .set((subjects::email_index.eq(None::<Vec<u8>>), subjects::destroyed_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}
