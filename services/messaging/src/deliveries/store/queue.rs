//! Queries on `deliveries` as a queue: claim, renew, begin, settle, and what to do with claims that have lapsed.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_query, sql_types, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError, prepared::Prepared};
use uuid::Uuid;

use super::rows::{IdentityRow, MessageRow};
use crate::{
    deliveries::domain::{
        Claimed, DECIDED, Decision, Identity, Kind, State, lease_end, outcome::Settlement,
    },
    schema::deliveries,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg))]
struct ClaimedRow {
    #[diesel(embed)]
    identity: IdentityRow,
    attempts: i32,
    created_at: DateTime<Utc>,
    token: String,
    header_id: String,
    traceparent: Option<String>,
    #[diesel(embed)]
    message: MessageRow,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

/// Claims up to `limit` deliveries that are due. Other kinds are left to the newer version that wrote them.
pub(crate) async fn claim(
    conn: &mut Conn,
    holder: Uuid,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Claimed>, DbError> {
    // No filter on `kind`: the planner, which knows nothing of a queue's rows, takes it for a rare value, and reads and sorts
    // the whole queue.
    let due: Vec<(Uuid, String)> = deliveries::table
        .select((deliveries::id, deliveries::kind))
        .filter(deliveries::state.eq(State::Queued))
        .filter(deliveries::next_attempt_at.le(now))
        .order(deliveries::next_attempt_at)
        .limit(limit)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let due = due.into_iter().filter(|(_, kind)| Kind::parse(kind).is_some());
    let due: Vec<Uuid> = due.map(|(id, _)| id).collect();
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ClaimedRow> = update(deliveries::table.filter(deliveries::id.eq_any(due)))
        .set((
            deliveries::state.eq(State::Claimed),
            deliveries::holder.eq(holder),
            deliveries::lease_until.eq(lease_end(now)),
        ))
        .returning(ClaimedRow::as_returning())
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.into_claimed(holder)).collect())
}

/// Extends the leases of holders.
pub(crate) async fn renew(
    conn: &mut Conn,
    holders: &[Uuid],
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let theirs = deliveries::table
        .filter(deliveries::holder.eq_any(holders))
        .filter(deliveries::state.eq_any([State::Claimed, State::Sending]));
    Ok(update(theirs).set(deliveries::lease_until.eq(lease_end(now))).execute(conn).await?)
}

/// Marks deliveries (id, holder) as `sending`; returns those that were still claimed by their holder. Only their text may
/// be sent.
pub(crate) async fn begin(
    conn: &mut Conn,
    claims: &[(Uuid, Uuid)],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    let sql = "UPDATE deliveries d SET state = 'sending'
         FROM unnest($1, $2) AS o (id, holder)
         WHERE d.id = o.id AND d.holder = o.holder AND d.state = 'claimed' AND d.lease_until > $3
         RETURNING d.id";
    of_claims(conn, sql, claims, now).await
}

/// Those of the deliveries (id, holder) that are still claimed by their holder.
pub(crate) async fn claimed(
    conn: &mut Conn,
    claims: &[(Uuid, Uuid)],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    let sql = "SELECT d.id FROM deliveries d
         JOIN unnest($1, $2) AS o (id, holder) ON d.id = o.id AND d.holder = o.holder
         WHERE d.state = 'claimed' AND d.lease_until > $3";
    of_claims(conn, sql, claims, now).await
}

async fn of_claims(
    conn: &mut Conn,
    sql: &str,
    claims: &[(Uuid, Uuid)],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, holders): (Vec<Uuid>, Vec<Uuid>) = claims.iter().copied().unzip();
    let query = sql_query(sql)
        .bind::<sql_types::Array<sql_types::Uuid>, _>(ids)
        .bind::<sql_types::Array<sql_types::Uuid>, _>(holders)
        .bind::<sql_types::Timestamptz, _>(now);
    let rows: Vec<IdRow> = Prepared(query).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Writes outcomes; returns the deliveries that their holder still held, or that became unknown while it did and are so
/// still. A message that will not be sent again is cleared.
pub(crate) async fn settle(
    conn: &mut Conn,
    settlements: &[Settlement],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    let ids: Vec<Uuid> = settlements.iter().map(|s| s.identity.id).collect();
    let holders: Vec<Uuid> = settlements.iter().map(|s| s.holder).collect();
    let states: Vec<State> = settlements.iter().map(|s| s.state).collect();
    let codes: Vec<&str> = settlements.iter().map(|s| s.code.as_str()).collect();
    let next: Vec<_> = settlements.iter().map(|s| s.next_attempt_at).collect();
    let counts: Vec<i32> = settlements.iter().map(|s| i32::from(s.counts)).collect();
    let query = sql_query(
        "UPDATE deliveries d SET state = o.state, code = o.code, holder = NULL, lease_until = NULL,
           attempts = d.attempts + CASE WHEN d.state = 'unknown' THEN 0 ELSE o.counts END,
           next_attempt_at = coalesce(o.next_attempt_at, d.next_attempt_at),
           settled_at = CASE WHEN o.state = 'queued' THEN NULL ELSE $7 END,
           to_name = CASE WHEN o.keep THEN d.to_name END,
           to_address = CASE WHEN o.keep THEN d.to_address END,
           from_name = CASE WHEN o.keep THEN d.from_name END,
           reply_to = CASE WHEN o.keep THEN d.reply_to END,
           subject_line = CASE WHEN o.keep THEN d.subject_line END,
           body = CASE WHEN o.keep THEN d.body END
         FROM (SELECT *, state IN ('queued', 'unknown') AS keep
               FROM unnest($1, $2, $3, $4, $5, $6)
                 AS u (id, holder, state, code, next_attempt_at, counts)) o
         WHERE d.id = o.id AND d.holder = o.holder
           AND d.state IN ('claimed', 'sending', 'unknown')
         RETURNING d.id",
    )
    .bind::<sql_types::Array<sql_types::Uuid>, _>(ids)
    .bind::<sql_types::Array<sql_types::Uuid>, _>(holders)
    .bind::<sql_types::Array<sql_types::Text>, _>(states)
    .bind::<sql_types::Array<sql_types::Text>, _>(codes)
    .bind::<sql_types::Array<sql_types::Nullable<sql_types::Timestamptz>>, _>(next)
    .bind::<sql_types::Array<sql_types::Integer>, _>(counts)
    .bind::<sql_types::Timestamptz, _>(now);
    let settled: Vec<IdRow> = Prepared(query).load(conn).await?;
    Ok(settled.into_iter().map(|row| row.id).collect())
}

/// Puts back into the queue what lapsed before it was sent, and what may be sent twice.
pub(crate) async fn requeue_lapsed(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, DbError> {
    let harmless = deliveries::state
        .eq(State::Claimed)
        .or(deliveries::state.eq(State::Sending).and(deliveries::kind.ne(Kind::Representative)));
    let lapsed = deliveries::table.filter(deliveries::lease_until.lt(now)).filter(harmless);
    Ok(update(lapsed)
        .set((
            deliveries::state.eq(State::Queued),
            deliveries::holder.eq(None::<Uuid>),
            deliveries::lease_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
        .await?)
}

/// Marks as unknown what lapsed while it was being sent to a representative. The holder stays: if it lives, it may know the
/// outcome and settle it.
pub(crate) async fn give_up_lapsed(
    conn: &mut Conn,
    now: DateTime<Utc>,
    code: &str,
) -> Result<Vec<Identity>, DbError> {
    let lapsed = deliveries::table
        .filter(deliveries::lease_until.lt(now))
        .filter(deliveries::state.eq(State::Sending))
        .filter(deliveries::kind.eq(Kind::Representative));
    let rows: Vec<IdentityRow> = update(lapsed)
        .set((
            deliveries::state.eq(State::Unknown),
            deliveries::code.eq(code),
            deliveries::attempts.eq(deliveries::attempts + 1),
            deliveries::settled_at.eq(now),
            deliveries::lease_until.eq(None::<DateTime<Utc>>),
        ))
        .returning(IdentityRow::as_returning())
        .get_results(conn)
        .await?;
    Ok(rows.into_iter().map(Identity::from).collect())
}

/// Ends an unknown outcome as somebody decided; none unless it is unknown. Its holder, if it lives, has no more say.
pub(crate) async fn decide(
    conn: &mut Conn,
    id: Uuid,
    decision: Decision,
    now: DateTime<Utc>,
) -> Result<Option<Identity>, DbError> {
    let unknown = deliveries::table.find(id).filter(deliveries::state.eq(State::Unknown));
    let code = (deliveries::code.eq(DECIDED), deliveries::holder.eq(None::<Uuid>));
    let row: Option<IdentityRow> = match decision {
        Decision::Delivered => update(unknown)
            .set((
                code,
                deliveries::state.eq(State::Sent),
                deliveries::settled_at.eq(now),
                MessageRow::default(),
            ))
            .returning(IdentityRow::as_returning())
            .get_result(conn)
            .await
            .optional()?,
        Decision::SendAgain => update(unknown)
            .set((
                code,
                deliveries::state.eq(State::Queued),
                deliveries::settled_at.eq(None::<DateTime<Utc>>),
                deliveries::next_attempt_at.eq(now),
            ))
            .returning(IdentityRow::as_returning())
            .get_result(conn)
            .await
            .optional()?,
    };
    Ok(row.map(Identity::from))
}

impl ClaimedRow {
    fn into_claimed(self, holder: Uuid) -> Claimed {
        let Self { attempts, created_at, token, header_id, traceparent, .. } = self;
        let (identity, message) = (self.identity.into(), self.message.into_message());
        Claimed { identity, holder, attempts, created_at, token, header_id, traceparent, message }
    }
}
