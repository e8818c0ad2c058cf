//! Schedules in SQL.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::Schedule;
use crate::schema::schedules;

/// Adds a schedule; one action has one.
pub async fn insert(conn: &mut Conn, schedule: &Schedule) -> Result<usize, DbError> {
    Ok(insert_into(schedules::table)
        .values((
            schedules::action_id.eq(schedule.action_id),
            schedules::tenant_id.eq(schedule.tenant_id),
            schedules::campaign_id.eq(schedule.campaign_id),
            schedules::subject_id.eq(schedule.subject_id),
            schedules::expires_at.eq(schedule.expires_at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?)
}

/// Takes schedules that are due, longest overdue first; another replica's are left to it.
pub async fn take_due(
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
    let rows: Vec<(Uuid, Uuid, Uuid, Uuid, DateTime<Utc>)> =
        delete(schedules::table.filter(schedules::action_id.eq_any(due)))
            .returning((
                schedules::action_id,
                schedules::tenant_id,
                schedules::campaign_id,
                schedules::subject_id,
                schedules::expires_at,
            ))
            .get_results(conn)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(action_id, tenant_id, campaign_id, subject_id, expires_at)| Schedule {
            action_id,
            tenant_id,
            campaign_id,
            subject_id,
            expires_at,
        })
        .collect())
}

/// Deletes what is scheduled for a person.
pub async fn erase(conn: &mut Conn, subject_id: Uuid) -> Result<usize, DbError> {
    Ok(delete(schedules::table.filter(schedules::subject_id.eq(subject_id))).execute(conn).await?)
}
