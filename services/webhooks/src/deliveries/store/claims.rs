//! The query that claims deliveries.

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{
    deliveries::domain::{ClaimedDelivery, LEASE},
    schema::deliveries,
};

/// Deliveries of one endpoint in one claim, so that none takes all the room.
const PER_ENDPOINT: i64 = 8;

/// Due deliveries of active endpoints that are not busy.
const CLAIM: &str = "
    WITH due AS (
      SELECT d.id FROM endpoints e CROSS JOIN LATERAL (
        SELECT q.id FROM deliveries q
        WHERE q.endpoint_id = e.id AND q.next_at <= $1 AND q.body IS NOT NULL
          AND q.state IN ('pending', 'delivering', 'retrying')
        ORDER BY q.next_at LIMIT $2 FOR UPDATE SKIP LOCKED
      ) d
      WHERE e.state = 'active' AND e.id <> ALL($3) LIMIT $4
    )
    UPDATE deliveries d SET state = 'delivering', tries = d.tries + 1, next_at = $5, claim = $6
    FROM due, endpoints e WHERE d.id = due.id AND e.id = d.endpoint_id
    RETURNING d.id, d.tenant_id, d.endpoint_id, d.event_id, d.event_type, d.body, d.tries, d.claim, d.traceparent, e.url, e.secret";

#[derive(QueryableByName)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    endpoint_id: Uuid,
    event_id: Uuid,
    event_type: String,
    #[diesel(sql_type = sql_types::Text)]
    body: String,
    tries: i32,
    #[diesel(sql_type = sql_types::Uuid)]
    claim: Uuid,
    traceparent: Option<String>,
    #[diesel(sql_type = sql_types::Text)]
    url: String,
    #[diesel(sql_type = sql_types::Bytea)]
    secret: Vec<u8>,
}

/// Claims at most `room` deliveries until their lease ends.
pub(crate) async fn take(
    conn: &mut Conn,
    claim: Uuid,
    busy: &[Uuid],
    room: usize,
    now: DateTime<Utc>,
) -> Result<Vec<ClaimedDelivery>, DbError> {
    let rows: Vec<Row> = sql_query(CLAIM)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::BigInt, _>(PER_ENDPOINT)
        .bind::<sql_types::Array<sql_types::Uuid>, _>(busy)
        .bind::<sql_types::BigInt, _>(i64::try_from(room).unwrap_or_default())
        .bind::<sql_types::Timestamptz, _>(now + LEASE)
        .bind::<sql_types::Uuid, _>(claim)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(ClaimedDelivery::from).collect())
}

impl From<Row> for ClaimedDelivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            endpoint_id: row.endpoint_id,
            event_id: row.event_id,
            event_type: row.event_type,
            body: row.body,
            tries: row.tries,
            claim: row.claim,
            traceparent: row.traceparent,
            url: row.url,
            secret: row.secret,
        }
    }
}
