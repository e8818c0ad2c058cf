//! Queries on `deliveries` and `mail_limits`.

pub(super) mod insertion;
pub(super) mod queue;
mod rows;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{delete, prelude::*, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError, prepared::Prepared},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Delivery, Earlier, Filter, Identity, Kind, State};
use crate::schema::{deliveries, mail_limits};

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    kind: String,
    action_id: Uuid,
    campaign_id: Uuid,
    target_id: Option<Uuid>,
    state: State,
    code: Option<String>,
    attempts: i32,
    next_attempt_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct EarlierRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamptz>)]
    last_due: Option<DateTime<Utc>>,
    #[diesel(sql_type = sql_types::BigInt)]
    within_a_day: i64,
}

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Delivery>, DbError> {
    let row = deliveries::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Delivery::from))
}

pub(super) async fn page(
    conn: &mut Conn,
    filter: &Filter,
    page: PageRequest,
) -> Result<Vec<Delivery>, DbError> {
    let mut query = deliveries::table.select(Row::as_select()).into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(deliveries::state.eq(state));
    }
    if let Some(campaign_id) = filter.campaign_id {
        query = query.filter(deliveries::campaign_id.eq(campaign_id));
    }
    let rows: Vec<Row> = query
        .filter(deliveries::id.gt(page.after()))
        .order(deliveries::id)
        .limit(page.rows())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Delivery::from).collect())
}

/// The confirmation emails to these people since `since`, about the campaign of each, and since `day`, about any. Who had
/// none is left out.
pub(super) async fn earlier_confirmations(
    conn: &mut Conn,
    identities: &[Identity],
    since: DateTime<Utc>,
    day: DateTime<Utc>,
) -> Result<HashMap<Uuid, Earlier>, DbError> {
    let sql = "SELECT n.id, max(d.next_attempt_at) FILTER (WHERE d.campaign_id = n.campaign_id) AS last_due,
           count(*) FILTER (WHERE d.created_at > $6) AS within_a_day
         FROM unnest($1, $2, $3, $4) AS n (id, tenant_id, subject_id, campaign_id)
         JOIN deliveries d ON d.tenant_id = n.tenant_id AND d.subject_id = n.subject_id
         WHERE d.kind = 'confirmation' AND d.state <> 'suppressed' AND d.created_at > $5
         GROUP BY n.id";
    let ids = |value: fn(&Identity) -> Uuid| identities.iter().map(value).collect::<Vec<_>>();
    let query = sql_query(sql)
        .bind::<sql_types::Array<sql_types::Uuid>, _>(ids(|it| it.id))
        .bind::<sql_types::Array<sql_types::Uuid>, _>(ids(|it| it.tenant_id))
        .bind::<sql_types::Array<sql_types::Uuid>, _>(ids(|it| it.subject_id))
        .bind::<sql_types::Array<sql_types::Uuid>, _>(ids(|it| it.campaign_id))
        .bind::<sql_types::Timestamptz, _>(since)
        .bind::<sql_types::Timestamptz, _>(day);
    let rows: Vec<EarlierRow> = Prepared(query).load(conn).await?;
    let earlier = |row: EarlierRow| {
        (row.id, Earlier { last_due: row.last_due, within_a_day: row.within_a_day })
    };
    Ok(rows.into_iter().map(earlier).collect())
}

/// Deletes the counts, which only the release before still makes, of days before `day`.
pub(super) async fn sweep_limits(conn: &mut Conn, day: NaiveDate) -> Result<usize, DbError> {
    Ok(delete(mail_limits::table.filter(mail_limits::day.lt(day))).execute(conn).await?)
}

/// Deletes settled emails to supporters recorded before `time`.
pub(super) async fn sweep_to_supporters(
    conn: &mut Conn,
    time: DateTime<Utc>,
) -> Result<usize, DbError> {
    let old = deliveries::table
        .filter(deliveries::kind.ne(Kind::Representative))
        .filter(deliveries::created_at.lt(time))
        .filter(deliveries::settled_at.is_not_null());
    Ok(delete(old).execute(conn).await?)
}

pub(super) async fn erase_subject(conn: &mut Conn, subject_id: Uuid) -> Result<usize, DbError> {
    let theirs = deliveries::table.filter(deliveries::subject_id.eq(subject_id));
    Ok(delete(theirs).execute(conn).await?)
}

pub(super) async fn erase_action(conn: &mut Conn, action_id: Uuid) -> Result<usize, DbError> {
    let its = deliveries::table.filter(deliveries::action_id.eq(action_id));
    Ok(delete(its).execute(conn).await?)
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            action_id: row.action_id,
            campaign_id: row.campaign_id,
            target_id: row.target_id,
            state: row.state,
            code: row.code,
            attempts: row.attempts,
            next_attempt_at: row.next_attempt_at,
            created_at: row.created_at,
            settled_at: row.settled_at,
        }
    }
}
