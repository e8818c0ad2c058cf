//! Queries on `erasures`, the ledger.

use chrono::{DateTime, Utc};
use diesel::{dsl::exists, insert_into, prelude::*, select, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Erasure, State};
use crate::schema::erasures;

pub(super) mod acknowledgements;
pub(super) mod unfinished;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = erasures, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    subject: Option<Uuid>,
    actor_id: String,
    source_hint: Option<String>,
    state: State,
    recorded_at: DateTime<Utc>,
    keys_destroyed_at: Option<DateTime<Utc>>,
    keys: i64,
    announced_at: Option<DateTime<Utc>>,
    probed_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    receipt: Option<String>,
}

pub(super) async fn insert(conn: &mut Conn, erasure: &Erasure) -> Result<(), DbError> {
    insert_into(erasures::table).values(Row::from(erasure)).execute(conn).await?;
    Ok(())
}

pub(crate) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Erasure>, DbError> {
    let row = erasures::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Erasure::from))
}

pub(super) async fn page(
    conn: &mut Conn,
    state: Option<State>,
    page: PageRequest,
) -> Result<Vec<Erasure>, DbError> {
    let mut query = erasures::table.select(Row::as_select()).into_boxed();
    if let Some(state) = state {
        query = query.filter(erasures::state.eq(state));
    }
    let rows: Vec<Row> = query
        .filter(erasures::id.gt(page.after()))
        .order(erasures::id)
        .limit(page.rows())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Erasure::from).collect())
}

/// The same as [`by_id`], and no other transaction changes it until this one ends.
pub(super) async fn lock(conn: &mut Conn, id: Uuid) -> Result<Option<Erasure>, DbError> {
    let line = erasures::table.find(id).select(Row::as_select()).for_update();
    Ok(line.first(conn).await.optional()?.map(Erasure::from))
}

pub(super) async fn save(conn: &mut Conn, erasure: &Erasure) -> Result<usize, DbError> {
    Ok(update(erasures::table.find(erasure.id)).set(Row::from(erasure)).execute(conn).await?)
}

pub(super) async fn announced(
    conn: &mut Conn,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<usize, DbError> {
    let line = erasures::table.find(id);
    Ok(update(line).set(erasures::announced_at.eq(at)).execute(conn).await?)
}

/// Whether a person's erasure has begun.
pub(crate) async fn is_erased(conn: &mut Conn, subject_id: Uuid) -> Result<bool, DbError> {
    let lines = erasures::table.filter(erasures::subject.eq(subject_id));
    Ok(select(exists(lines)).get_result(conn).await?)
}

impl From<&Erasure> for Row {
    fn from(erasure: &Erasure) -> Self {
        Self {
            id: erasure.id,
            tenant_id: erasure.tenant_id,
            subject: erasure.subject_id,
            actor_id: erasure.actor_id.clone(),
            source_hint: erasure.source_hint.clone(),
            state: erasure.state,
            recorded_at: erasure.recorded_at,
            keys_destroyed_at: erasure.keys_destroyed_at,
            keys: erasure.keys,
            announced_at: erasure.announced_at,
            probed_at: erasure.probed_at,
            completed_at: erasure.completed_at,
            receipt: erasure.receipt.clone(),
        }
    }
}

impl From<Row> for Erasure {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            subject_id: row.subject,
            actor_id: row.actor_id,
            source_hint: row.source_hint,
            state: row.state,
            recorded_at: row.recorded_at,
            keys_destroyed_at: row.keys_destroyed_at,
            keys: row.keys,
            announced_at: row.announced_at,
            probed_at: row.probed_at,
            completed_at: row.completed_at,
            receipt: row.receipt,
        }
    }
}
