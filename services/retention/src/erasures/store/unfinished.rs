//! Queries for the erasures that a job has to work on.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    dsl::{not, sql},
    prelude::*,
    sql_types::{Bool, Double},
};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};

use super::Row;
use crate::{
    erasures::domain::{ANNOUNCE_AGAIN, ANNOUNCE_UNTIL, Erasure, SERVICES, State},
    schema::erasures,
};

/// Erasures that one run of a job works on.
const BATCH: i64 = 100;
const OPEN: [State; 2] = [State::KeysDestroyed, State::Partial];

/// Counts those that were recorded before a time and are not complete.
pub(crate) async fn count(conn: &mut Conn, before: DateTime<Utc>) -> Result<i64, DbError> {
    Ok(erasures::table
        .filter(erasures::state.ne(State::Complete))
        .filter(erasures::recorded_at.lt(before))
        .count()
        .get_result(conn)
        .await?)
}

/// Erasures whose keys are not destroyed: the request that recorded them did not get so far.
pub(crate) async fn stuck(conn: &mut Conn, before: DateTime<Utc>) -> Result<Vec<Erasure>, DbError> {
    let rows: Vec<Row> = erasures::table
        .filter(erasures::state.eq(State::Recorded))
        .filter(erasures::recorded_at.lt(before))
        .order(erasures::recorded_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(into_erasures(rows))
}

/// Erasures that should be announced again.
pub(crate) async fn unacknowledged(
    conn: &mut Conn,
    now: DateTime<Utc>,
) -> Result<Vec<Erasure>, DbError> {
    let rows: Vec<Row> = erasures::table
        .filter(erasures::state.eq_any(OPEN))
        .filter(erasures::announced_at.lt(now - ANNOUNCE_AGAIN))
        .filter(erasures::recorded_at.gt(now - ANNOUNCE_UNTIL))
        .order(erasures::announced_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(into_erasures(rows))
}

/// Erasures whose keys were destroyed `bound` ago or longer, and that were not announced since: no acknowledgement of them
/// counts yet.
pub(crate) async fn unsettled(
    conn: &mut Conn,
    now: DateTime<Utc>,
    bound: TimeDelta,
) -> Result<Vec<Erasure>, DbError> {
    let is_early = sql::<Bool>("announced_at < keys_destroyed_at + make_interval(secs => ")
        .bind::<Double, _>(bound.as_seconds_f64())
        .sql(")");
    let rows: Vec<Row> = erasures::table
        .filter(erasures::state.eq_any(OPEN))
        .filter(erasures::keys_destroyed_at.le(now - bound))
        .filter(is_early)
        .order(erasures::announced_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(into_erasures(rows))
}

/// Erasures that can be settled: every service has acknowledged them, and either one holds rows, which is new, or none does,
/// by acknowledgements that count. Our own is renewed when we settle.
pub(crate) async fn acknowledged(
    conn: &mut Conn,
    settle: TimeDelta,
) -> Result<Vec<Erasure>, DbError> {
    let is_whole = sql::<Bool>(&format!(
        "(SELECT count(*) FROM answers a WHERE a.erasure_id = erasures.id) = {}",
        SERVICES.len()
    ));
    let has_rows = || {
        sql::<Bool>(
            "EXISTS (SELECT FROM answers a WHERE a.erasure_id = erasures.id AND a.remaining > 0)",
        )
    };
    let is_early = sql::<Bool>(
        "EXISTS (SELECT FROM answers a WHERE a.erasure_id = erasures.id AND a.service <> 'retention'
           AND a.answered_at < erasures.keys_destroyed_at + make_interval(secs => ",
    )
    .bind::<Double, _>(settle.as_seconds_f64())
    .sql("))");
    let is_newly_partial = erasures::state.eq(State::KeysDestroyed).and(has_rows());
    let rows: Vec<Row> = erasures::table
        .filter(is_whole)
        .filter(erasures::state.eq_any(OPEN))
        .filter(is_newly_partial.or(not(has_rows()).and(not(is_early))))
        .order(erasures::recorded_at)
        .limit(BATCH)
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(into_erasures(rows))
}

fn into_erasures(rows: Vec<Row>) -> Vec<Erasure> {
    rows.into_iter().map(Erasure::from).collect()
}
