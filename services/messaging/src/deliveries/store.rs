//! Queries on `deliveries` and `mail_limits`.

pub(super) mod queue;
mod rows;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{delete, insert_into, prelude::*, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use self::rows::{IdentityRow, MessageRow};
use super::domain::{Delivery, Earlier, Filter, Identity, Kind, NewDelivery, State};
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

#[derive(Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
struct NewRow {
    #[diesel(embed)]
    identity: IdentityRow,
    state: State,
    code: Option<String>,
    next_attempt_at: DateTime<Utc>,
    token: String,
    header_id: String,
    created_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
    traceparent: Option<String>,
    #[diesel(embed)]
    message: MessageRow,
}

#[derive(QueryableByName)]
struct EarlierRow {
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamptz>)]
    last_due: Option<DateTime<Utc>>,
    #[diesel(sql_type = sql_types::BigInt)]
    within_a_day: i64,
}

/// Records a delivery. Returns 0 if it is already recorded.
pub(super) async fn insert(conn: &mut Conn, new: NewDelivery) -> Result<usize, DbError> {
    Ok(insert_into(deliveries::table)
        .values(NewRow::from(new))
        .on_conflict(deliveries::id)
        .do_nothing()
        .execute(conn)
        .await?)
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

/// The confirmation emails to a person since `since`, about this campaign, and since `day`, about any.
pub(super) async fn earlier_confirmations(
    conn: &mut Conn,
    identity: &Identity,
    since: DateTime<Utc>,
    day: DateTime<Utc>,
) -> Result<Earlier, DbError> {
    let sql = "SELECT max(next_attempt_at) FILTER (WHERE campaign_id = $3) AS last_due,
           count(*) FILTER (WHERE created_at > $5) AS within_a_day
         FROM deliveries
         WHERE tenant_id = $1 AND subject_id = $2 AND kind = 'confirmation' AND state <> 'suppressed'
           AND created_at > $4";
    let row: EarlierRow = sql_query(sql)
        .bind::<sql_types::Uuid, _>(identity.tenant_id)
        .bind::<sql_types::Uuid, _>(identity.subject_id)
        .bind::<sql_types::Uuid, _>(identity.campaign_id)
        .bind::<sql_types::Timestamptz, _>(since)
        .bind::<sql_types::Timestamptz, _>(day)
        .get_result(conn)
        .await?;
    Ok(Earlier { last_due: row.last_due, within_a_day: row.within_a_day })
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

impl From<NewDelivery> for NewRow {
    fn from(new: NewDelivery) -> Self {
        Self {
            identity: new.identity.into(),
            state: new.state,
            code: new.code.map(str::to_owned),
            next_attempt_at: new.due_at,
            token: new.token,
            header_id: new.header_id,
            created_at: new.created_at,
            settled_at: new.state.is_settled().then_some(new.created_at),
            traceparent: new.traceparent,
            message: new.message.map(MessageRow::from).unwrap_or_default(),
        }
    }
}
