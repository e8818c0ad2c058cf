//! The query that claims deliveries.

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{
    deliveries::domain::{ClaimedDelivery, LEASE},
    schema::deliveries,
    sending::places::{FEWEST, Share},
};

/// Due deliveries of active endpoints that have free places. First come the endpoints with the fewest places taken, so that
/// all get their turn however many wait; of those, whose delivery has waited longest. What is about something that has ended
/// is left out, also if its event came later.
const CLAIM: &str = "
    WITH waiting AS (
      SELECT e.id, coalesce(p.free, $2) AS free
      FROM endpoints e LEFT JOIN unnest($3, $4, $5) AS p (endpoint_id, taken, free) ON p.endpoint_id = e.id
      CROSS JOIN LATERAL (
        SELECT q.next_at FROM deliveries q
        WHERE q.endpoint_id = e.id AND q.next_at <= $1 AND q.body IS NOT NULL
          AND q.state IN ('pending', 'delivering', 'retrying')
          AND NOT EXISTS (SELECT FROM ended x WHERE x.id IN (q.action_id, q.subject_id))
        ORDER BY q.next_at LIMIT 1
      ) oldest
      WHERE e.state = 'active' AND coalesce(p.free, $2) > 0
      ORDER BY coalesce(p.taken, 0), oldest.next_at LIMIT $6
    ), due AS (
      SELECT d.id FROM waiting w CROSS JOIN LATERAL (
        SELECT q.id FROM deliveries q
        WHERE q.endpoint_id = w.id AND q.next_at <= $1 AND q.body IS NOT NULL
          AND q.state IN ('pending', 'delivering', 'retrying')
          AND NOT EXISTS (SELECT FROM ended x WHERE x.id IN (q.action_id, q.subject_id))
        ORDER BY q.next_at LIMIT w.free FOR UPDATE SKIP LOCKED
      ) d
      LIMIT $6
    )
    UPDATE deliveries d SET state = 'delivering', next_at = $7, claim = $8
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

/// Claims at most `room` deliveries until their lease ends. Endpoints that are not among `places` have [`FEWEST`], and none
/// of them taken.
pub(crate) async fn take(
    conn: &mut Conn,
    claim: Uuid,
    places: &[Share],
    room: usize,
    now: DateTime<Utc>,
) -> Result<Vec<ClaimedDelivery>, DbError> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let endpoints: Vec<Uuid> = places.iter().map(|of| of.endpoint_id).collect();
    let taken: Vec<i64> = places.iter().map(|of| number(of.taken)).collect();
    let free: Vec<i64> = places.iter().map(|of| number(of.free)).collect();
    let rows: Vec<Row> = sql_query(CLAIM)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::BigInt, _>(number(FEWEST))
        .bind::<sql_types::Array<sql_types::Uuid>, _>(endpoints)
        .bind::<sql_types::Array<sql_types::BigInt>, _>(taken)
        .bind::<sql_types::Array<sql_types::BigInt>, _>(free)
        .bind::<sql_types::BigInt, _>(number(room))
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
            tries: row.tries + 1,
            claim: row.claim,
            traceparent: row.traceparent,
            url: row.url,
            secret: row.secret,
        }
    }
}
