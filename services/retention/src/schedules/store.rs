//! Queries on `schedules`.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::Schedule;
use crate::schema::schedules;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schedules, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    action_id: Uuid,
    tenant_id: Uuid,
    campaign_id: Uuid,
    subject_id: Uuid,
    expires_at: DateTime<Utc>,
}

/// Adds a schedule, unless the action has one.
pub(super) async fn insert(conn: &mut Conn, schedule: &Schedule) -> Result<usize, DbError> {
    let row = Row::from(schedule);
    Ok(insert_into(schedules::table).values(row).on_conflict_do_nothing().execute(conn).await?)
}

/// Deletes schedules that are due and returns them, longest overdue first; skips those that another replica has locked.
pub(super) async fn take_due(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Schedule>, DbError> {
    let due: Vec<Uuid> = schedules::table
        .filter(schedules::expires_at.le(now))
        .order(schedules::expires_at)
        .limit(limit)
        .select(schedules::action_id)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let rows: Vec<Row> = delete(schedules::table.filter(schedules::action_id.eq_any(due)))
        .returning(Row::as_returning())
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Schedule::from).collect())
}

/// Deletes the schedules of a person.
pub(crate) async fn erase(conn: &mut Conn, subject_id: Uuid) -> Result<usize, DbError> {
    Ok(delete(schedules::table.filter(schedules::subject_id.eq(subject_id))).execute(conn).await?)
}

impl From<&Schedule> for Row {
    fn from(schedule: &Schedule) -> Self {
        let Schedule { action_id, tenant_id, campaign_id, subject_id, expires_at } = *schedule;
        Self { action_id, tenant_id, campaign_id, subject_id, expires_at }
    }
}

impl From<Row> for Schedule {
    fn from(row: Row) -> Self {
        let Row { action_id, tenant_id, campaign_id, subject_id, expires_at } = row;
        Self { action_id, tenant_id, campaign_id, subject_id, expires_at }
    }
}
