//! Queries on `departures`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::Departure;
use crate::schema::{actions, departures};

/// Adds a person, or moves them forward: who is taken at this moment, and seen to have an action, would be deleted otherwise.
pub(crate) async fn upsert(
    conn: &mut Conn,
    person: Departure,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let row = (
        departures::subject_id.eq(person.subject_id),
        departures::tenant_id.eq(person.tenant_id),
        departures::next_at.eq(now),
    );
    Ok(insert_into(departures::table)
        .values(row)
        .on_conflict(departures::subject_id)
        .do_update()
        .set(departures::next_at.eq(now))
        .execute(conn)
        .await?)
}

/// Some people who are due, longest overdue first, who are then due again at `next_at`.
pub(super) async fn take_due(
    conn: &mut Conn,
    limit: i64,
    now: DateTime<Utc>,
    next_at: DateTime<Utc>,
) -> Result<Vec<Departure>, DbError> {
    let due: Vec<Uuid> = departures::table
        .filter(departures::next_at.le(now))
        .order(departures::next_at)
        .limit(limit)
        .select(departures::subject_id)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let people: Vec<(Uuid, Uuid)> =
        update(departures::table.filter(departures::subject_id.eq_any(due)))
            .set(departures::next_at.eq(next_at))
            .returning((departures::tenant_id, departures::subject_id))
            .get_results(conn)
            .await?;
    let person = |(tenant_id, subject_id)| Departure { tenant_id, subject_id };
    Ok(people.into_iter().map(person).collect())
}

/// Those of the people who have an action.
pub(super) async fn returned(conn: &mut Conn, people: &[Departure]) -> Result<Vec<Uuid>, DbError> {
    let mut returned = Vec::new();
    for &Departure { tenant_id, subject_id } in people {
        let theirs = actions::table
            .filter(actions::tenant_id.eq(tenant_id))
            .filter(actions::subject_id.eq(subject_id));
        if diesel::select(diesel::dsl::exists(theirs)).get_result(conn).await? {
            returned.push(subject_id);
        }
    }
    Ok(returned)
}

pub(crate) async fn delete(conn: &mut Conn, subject_ids: &[Uuid]) -> Result<usize, DbError> {
    let theirs = departures::table.filter(departures::subject_id.eq_any(subject_ids));
    Ok(diesel::delete(theirs).execute(conn).await?)
}
