//! Deliveries and attempts in SQL.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*, sql_query, sql_types, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Attempt, Claimed, Delivery, Notice, Outcome, State};
use crate::{
    endpoints::domain::EventType,
    schema::{attempts, deliveries},
};

/// Claims of one endpoint at once.
const PER_ENDPOINT: i64 = 8;

/// States that are not the end.
const OPEN: [&str; 3] = ["pending", "delivering", "retrying"];

/// Queues a notice; a second one for the same endpoint and event is left out.
pub async fn insert(
    conn: &mut Conn,
    id: Uuid,
    endpoint_id: Uuid,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(insert_into(deliveries::table)
        .values((
            deliveries::id.eq(id),
            deliveries::tenant_id.eq(notice.tenant_id),
            deliveries::endpoint_id.eq(endpoint_id),
            deliveries::event_id.eq(notice.event_id),
            deliveries::event_type.eq(notice.kind.name()),
            deliveries::body.eq(&notice.body),
            deliveries::state.eq(State::Pending.name()),
            deliveries::next_at.eq(now),
            deliveries::created_at.eq(now),
        ))
        .on_conflict((deliveries::endpoint_id, deliveries::event_id))
        .do_nothing()
        .execute(conn)
        .await?)
}

#[derive(QueryableByName)]
struct ClaimedRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    tenant_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    endpoint_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    event_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    event_type: String,
    #[diesel(sql_type = sql_types::Text)]
    body: String,
    #[diesel(sql_type = sql_types::Integer)]
    tries: i32,
    #[diesel(sql_type = sql_types::Text)]
    url: String,
    #[diesel(sql_type = sql_types::Bytea)]
    secret: Vec<u8>,
}

/// Due rows of active endpoints that are not busy, a few of each endpoint, so that none takes all the room.
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
    RETURNING d.id, d.tenant_id, d.endpoint_id, d.event_id, d.event_type, d.body, d.tries, e.url, e.secret";

/// Claims deliveries until `lease_until`.
pub async fn claim(
    conn: &mut Conn,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    claim: Uuid,
    busy: &[Uuid],
    limit: i64,
) -> Result<Vec<Claimed>, DbError> {
    let rows: Vec<ClaimedRow> = sql_query(CLAIM)
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::BigInt, _>(PER_ENDPOINT)
        .bind::<sql_types::Array<sql_types::Uuid>, _>(busy)
        .bind::<sql_types::BigInt, _>(limit)
        .bind::<sql_types::Timestamptz, _>(lease_until)
        .bind::<sql_types::Uuid, _>(claim)
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Claimed {
            id: row.id,
            tenant_id: row.tenant_id,
            endpoint_id: row.endpoint_id,
            event_id: row.event_id,
            event_type: row.event_type,
            body: row.body,
            tries: row.tries,
            claim,
            url: row.url,
            secret: row.secret,
        })
        .collect())
}

/// Notes an attempt.
pub async fn insert_attempt(
    conn: &mut Conn,
    id: Uuid,
    claimed: &Claimed,
    outcome: Outcome,
    at: DateTime<Utc>,
    took: Duration,
) -> Result<usize, DbError> {
    Ok(insert_into(attempts::table)
        .values((
            attempts::id.eq(id),
            attempts::tenant_id.eq(claimed.tenant_id),
            attempts::delivery_id.eq(claimed.id),
            attempts::at.eq(at),
            attempts::status.eq(outcome.status()),
            attempts::duration_ms.eq(i32::try_from(took.as_millis()).unwrap_or(i32::MAX)),
            attempts::error.eq(outcome.error()),
        ))
        .execute(conn)
        .await?)
}

/// Moves a delivery on, if it is still the sender's. The notice of an erasure has no body after its end.
pub async fn finish(
    conn: &mut Conn,
    claimed: &Claimed,
    outcome: Outcome,
    state: State,
    next_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let ended = next_at.is_none();
    let forget = ended && claimed.event_type == EventType::PersonErased.name();
    let own = deliveries::table
        .filter(deliveries::id.eq(claimed.id))
        .filter(deliveries::claim.eq(claimed.claim))
        .filter(deliveries::state.eq(State::Delivering.name()));
    Ok(update(own)
        .set((
            deliveries::state.eq(state.name()),
            deliveries::next_at.eq(next_at.unwrap_or(now)),
            deliveries::last_status.eq(outcome.status()),
            deliveries::last_error.eq(outcome.error()),
            deliveries::finished_at.eq(ended.then_some(now)),
            deliveries::body.eq((!forget).then_some(claimed.body.as_str())),
        ))
        .execute(conn)
        .await?)
}

/// Cancels what is queued for an endpoint.
pub async fn cancel(
    conn: &mut Conn,
    endpoint_id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let open = deliveries::table
        .filter(deliveries::endpoint_id.eq(endpoint_id))
        .filter(deliveries::state.eq_any(OPEN));
    Ok(update(open)
        .set((
            deliveries::state.eq(State::Cancelled.name()),
            deliveries::finished_at.eq(now),
            deliveries::body.eq(None::<String>),
        ))
        .execute(conn)
        .await?)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct Row {
    id: Uuid,
    endpoint_id: Uuid,
    event_id: Uuid,
    event_type: String,
    state: String,
    tries: i32,
    next_at: DateTime<Utc>,
    last_status: Option<i32>,
    last_error: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            endpoint_id: row.endpoint_id,
            event_id: row.event_id,
            event_type: row.event_type,
            state: row.state,
            tries: row.tries,
            next_at: row.next_at,
            last_status: row.last_status,
            last_error: row.last_error,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// A page, oldest first.
pub async fn page(
    conn: &mut Conn,
    state: Option<State>,
    endpoint_id: Option<Uuid>,
    page: PageRequest,
) -> Result<Vec<Delivery>, DbError> {
    let mut query = deliveries::table.select(Row::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(deliveries::state.eq(state.name()));
    }
    if let Some(endpoint_id) = endpoint_id {
        query = query.filter(deliveries::endpoint_id.eq(endpoint_id));
    }
    let rows: Vec<Row> = query
        .filter(deliveries::id.gt(page.after()))
        .order(deliveries::id)
        .limit(page.rows())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// One delivery.
pub async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Delivery>, DbError> {
    let row = deliveries::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Delivery::from))
}

type AttemptRow = (DateTime<Utc>, Option<i32>, i32, Option<String>);

/// The attempts of a delivery, in order.
pub async fn attempts_of(conn: &mut Conn, delivery_id: Uuid) -> Result<Vec<Attempt>, DbError> {
    let rows: Vec<AttemptRow> = attempts::table
        .filter(attempts::delivery_id.eq(delivery_id))
        .order(attempts::id)
        .select((attempts::at, attempts::status, attempts::duration_ms, attempts::error))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(at, status, duration_ms, error)| Attempt { at, status, duration_ms, error })
        .collect())
}

/// Forgets bodies older than this.
pub async fn forget_bodies(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize, DbError> {
    let old = deliveries::table
        .filter(deliveries::created_at.lt(before))
        .filter(deliveries::body.is_not_null());
    Ok(update(old).set(deliveries::body.eq(None::<String>)).execute(conn).await?)
}

/// Removes deliveries older than this, with their attempts.
pub async fn remove_before(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize, DbError> {
    Ok(delete(deliveries::table.filter(deliveries::created_at.lt(before))).execute(conn).await?)
}
