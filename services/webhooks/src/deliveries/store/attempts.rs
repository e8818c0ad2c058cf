//! Queries on `attempts`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{
    deliveries::domain::{Attempt, ClaimedDelivery},
    schema::attempts,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    at: DateTime<Utc>,
    status: Option<i32>,
    duration_ms: i32,
    error: Option<String>,
}

pub(crate) async fn insert(
    conn: &mut Conn,
    id: Uuid,
    delivery: &ClaimedDelivery,
    attempt: &Attempt,
) -> Result<usize, DbError> {
    let ids = (
        attempts::id.eq(id),
        attempts::tenant_id.eq(delivery.tenant_id),
        attempts::delivery_id.eq(delivery.id),
    );
    let row = (ids, Row::from(attempt));
    Ok(insert_into(attempts::table).values(row).execute(conn).await?)
}

/// The attempts of a delivery, in order.
pub(crate) async fn by_delivery(
    conn: &mut Conn,
    delivery_id: Uuid,
) -> Result<Vec<Attempt>, DbError> {
    let rows: Vec<Row> = attempts::table
        .filter(attempts::delivery_id.eq(delivery_id))
        .order(attempts::id)
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Attempt::from).collect())
}

impl From<&Attempt> for Row {
    fn from(attempt: &Attempt) -> Self {
        let Attempt { at, status, duration_ms, error } = attempt.clone();
        Self { at, status, duration_ms, error }
    }
}

impl From<Row> for Attempt {
    fn from(row: Row) -> Self {
        let Row { at, status, duration_ms, error } = row;
        Self { at, status, duration_ms, error }
    }
}
