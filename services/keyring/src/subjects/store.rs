//! Queries on `subjects`.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{
    insert_into,
    prelude::*,
    select,
    sql_types::{Bytea, Nullable, Timestamptz, Uuid as SqlUuid},
    update,
};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError, unnest::unnest};
use uuid::Uuid;

use super::domain::{AddressIndex, NewSubject, Subject};
use crate::schema::subjects;

/// Tenant, index, id, and since when they are leaving.
type FoundRow = (Uuid, Option<Vec<u8>>, Uuid, Option<DateTime<Utc>>);

/// Ids of subjects.
pub(super) type Subjects<'a> = HashMap<&'a AddressIndex, Uuid>;

/// The people that exist.
pub(super) async fn find<'a>(
    mut conn: &Conn,
    people: &[&'a AddressIndex],
) -> Result<Subjects<'a>, DbError> {
    if people.is_empty() {
        return Ok(Subjects::new());
    }
    let tenants: HashSet<Uuid> = people.iter().map(|index| index.tenant_id).collect();
    let rows: Vec<FoundRow> = subjects::table
        .filter(subjects::tenant_id.eq_any(tenants))
        .filter(subjects::email_index.eq_any(people.iter().map(|index| &index.email_index)))
        .select((
            subjects::tenant_id,
            subjects::email_index,
            subjects::subject_id,
            subjects::leaving_at,
        ))
        .load(&mut conn)
        .await?;
    let people = by_index(people.iter().copied());
    let mut found = Subjects::new();
    for (tenant_id, email_index, subject_id, leaving_at) in rows {
        let index =
            email_index.as_ref().and_then(|index| people.get(&(tenant_id, index.as_slice())));
        if let Some(index) = index
            && (leaving_at.is_none() || stay(conn, subject_id).await? > 0)
        {
            found.insert(*index, subject_id);
        }
    }
    Ok(found)
}

/// Whoever is asked for does not leave; 0 if the person ended at this moment.
async fn stay(mut conn: &Conn, subject_id: Uuid) -> Result<usize, DbError> {
    Ok(update(subjects::table.find(subject_id))
        .filter(subjects::destroyed_at.is_null())
        .set(subjects::leaving_at.eq(None::<DateTime<Utc>>))
        .execute(&mut conn)
        .await?)
}

/// Locks a person; none if the person is erased, has ended, or is being asked for at this moment.
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
        .skip_locked()
        .first(conn)
        .await
        .optional()?;
    Ok(leaving_at.map(|leaving_at| Subject { leaving_at }))
}

/// Whether a person is neither erased nor ended.
pub(super) async fn lives(
    conn: &mut Conn,
    tenant_id: Uuid,
    subject_id: Uuid,
) -> Result<bool, DbError> {
    let living = subjects::table
        .find(subject_id)
        .filter(subjects::tenant_id.eq(tenant_id))
        .filter(subjects::destroyed_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(living)).get_result(conn).await?)
}

pub(super) async fn set_leaving(
    conn: &mut Conn,
    subject_id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let person = update(subjects::table.find(subject_id));
    Ok(person.set(subjects::leaving_at.eq(now)).execute(conn).await?)
}

/// The people, each added unless it exists; whoever is asked for does not leave. One statement writes a row for both, so that
/// its time does not reveal whom a tenant knows. All batches have one order, so that two cannot wait for each other.
pub(super) async fn find_or_insert<'a>(
    mut conn: &Conn,
    people: &[NewSubject<'a>],
) -> Result<Subjects<'a>, DbError> {
    if people.is_empty() {
        return Ok(Subjects::new());
    }
    let rows = select((
        unnest::<SqlUuid, _>(column(people, |it| it.id)),
        unnest::<SqlUuid, _>(column(people, |it| it.index.tenant_id)),
        unnest::<Nullable<Bytea>, _>(column(people, |it| Some(it.index.email_index.as_slice()))),
        unnest::<Timestamptz, _>(column(people, |it| it.created_at)),
    ));
    let rows: Vec<(Uuid, Option<Vec<u8>>, Uuid)> = insert_into(subjects::table)
        .values(rows)
        .into_columns((
            subjects::subject_id,
            subjects::tenant_id,
            subjects::email_index,
            subjects::created_at,
        ))
        .on_conflict((subjects::tenant_id, subjects::email_index))
        .do_update()
        .set(subjects::leaving_at.eq(None::<DateTime<Utc>>))
        .returning((subjects::tenant_id, subjects::email_index, subjects::subject_id))
        .get_results(&mut conn)
        .await?;
    let people = by_index(people.iter().map(|it| it.index));
    let found = rows.into_iter().filter_map(|(tenant_id, email_index, subject_id)| {
        Some((*people.get(&(tenant_id, &email_index?[..]))?, subject_id))
    });
    Ok(found.collect())
}

/// The people by the columns that name them.
fn by_index<'a>(
    people: impl Iterator<Item = &'a AddressIndex>,
) -> HashMap<(Uuid, &'a [u8]), &'a AddressIndex> {
    people.map(|index| ((index.tenant_id, index.email_index.as_slice()), index)).collect()
}

fn column<'a, 'b, T>(
    people: &'a [NewSubject<'b>],
    value: impl Fn(&'a NewSubject<'b>) -> T,
) -> Vec<T> {
    people.iter().map(value).collect()
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
