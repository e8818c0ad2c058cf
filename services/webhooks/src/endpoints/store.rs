//! Queries on `endpoints`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Endpoint, EventType, State};
use crate::schema::endpoints;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = endpoints, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    url: String,
    event_types: Vec<String>,
    secret: Vec<u8>,
    state: State,
    disabled_reason: Option<String>,
    created_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut Conn, endpoint: &Endpoint) -> Result<(), DbError> {
    insert_into(endpoints::table).values(Row::from(endpoint)).execute(conn).await?;
    Ok(())
}

pub(super) async fn count(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(endpoints::table.count().get_result(conn).await?)
}

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Endpoint>, DbError> {
    let row = endpoints::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Endpoint::from))
}

pub(super) async fn page(conn: &mut Conn, page: PageRequest) -> Result<Vec<Endpoint>, DbError> {
    let rows: Vec<Row> = endpoints::table
        .filter(endpoints::id.gt(page.after()))
        .order(endpoints::id)
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Endpoint::from).collect())
}

/// The active endpoints with this event type. They stay as they are until the transaction ends, so that a
/// transaction that deletes one also cancels what is queued here.
pub(crate) async fn subscribed(
    conn: &mut Conn,
    event_type: EventType,
) -> Result<Vec<Uuid>, DbError> {
    Ok(endpoints::table
        .filter(endpoints::state.eq(State::Active))
        .filter(endpoints::event_types.contains(vec![event_type]))
        .select(endpoints::id)
        .for_share()
        .load(conn)
        .await?)
}

/// Keeps all of the tenant's endpoints as they are until the transaction ends. Whoever disables or deletes one goes on to its
/// deliveries, so it must not wait for deliveries that are locked here while it is waited for.
pub(crate) async fn hold_all(conn: &mut Conn) -> Result<(), DbError> {
    endpoints::table.select(endpoints::id).for_share().load::<Uuid>(conn).await?;
    Ok(())
}

/// The wrapped secrets of the endpoints after this one.
pub(super) async fn lock_secrets(
    conn: &mut Conn,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    Ok(endpoints::table
        .filter(endpoints::id.gt(after))
        .order(endpoints::id)
        .limit(limit)
        .select((endpoints::id, endpoints::secret))
        .for_update()
        .load(conn)
        .await?)
}

pub(super) async fn save_secret(
    conn: &mut Conn,
    id: Uuid,
    secret: &[u8],
) -> Result<usize, DbError> {
    let endpoint = update(endpoints::table.find(id));
    Ok(endpoint.set(endpoints::secret.eq(secret)).execute(conn).await?)
}

pub(super) async fn delete(conn: &mut Conn, id: Uuid) -> Result<usize, DbError> {
    Ok(diesel::delete(endpoints::table.find(id)).execute(conn).await?)
}

pub(crate) async fn disable(conn: &mut Conn, id: Uuid, reason: &str) -> Result<usize, DbError> {
    Ok(update(endpoints::table.find(id))
        .set((endpoints::state.eq(State::Disabled), endpoints::disabled_reason.eq(reason)))
        .execute(conn)
        .await?)
}

impl From<&Endpoint> for Row {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id,
            tenant_id: endpoint.tenant_id,
            url: endpoint.url.clone(),
            event_types: endpoint.event_types.clone(),
            secret: endpoint.secret.clone(),
            state: endpoint.state,
            disabled_reason: endpoint.disabled_reason.clone(),
            created_at: endpoint.created_at,
        }
    }
}

impl From<Row> for Endpoint {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            url: row.url,
            event_types: row.event_types,
            secret: row.secret,
            state: row.state,
            disabled_reason: row.disabled_reason,
            created_at: row.created_at,
        }
    }
}
