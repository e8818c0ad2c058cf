//! Queries on `ended`.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*, sql_query};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::schema::ended;

/// Remembers that an action or a person has ended: from then on the claim leaves out what is about it.
pub(crate) async fn insert(
    conn: &mut Conn,
    id: Uuid,
    tenant_id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let row = (ended::id.eq(id), ended::tenant_id.eq(tenant_id), ended::ended_at.eq(now));
    Ok(insert_into(ended::table).values(row).on_conflict_do_nothing().execute(conn).await?)
}

/// Deletes the deliveries about what had already ended when their events came.
pub(crate) async fn delete_late(conn: &mut Conn) -> Result<usize, DbError> {
    let late = "DELETE FROM deliveries d USING ended e WHERE e.id IN (d.action_id, d.subject_id)";
    Ok(sql_query(late).execute(conn).await?)
}

pub(crate) async fn delete_before(
    conn: &mut Conn,
    before: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(delete(ended::table.filter(ended::ended_at.lt(before))).execute(conn).await?)
}
