//! Endpoints in SQL.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::Endpoint;
use crate::schema::endpoints;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = endpoints)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    url: String,
    event_types: Vec<String>,
    secret: Vec<u8>,
    state: String,
    disabled_reason: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Row> for Endpoint {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            url: row.url,
            event_types: row.event_types,
            secret: row.secret,
            disabled_reason: row.disabled_reason,
            created_at: row.created_at,
        }
    }
}

/// Adds an endpoint.
pub async fn insert(conn: &mut Conn, endpoint: Endpoint) -> Result<(), DbError> {
    let row = Row {
        state: endpoint.state().to_owned(),
        id: endpoint.id,
        tenant_id: endpoint.tenant_id,
        url: endpoint.url,
        event_types: endpoint.event_types,
        secret: endpoint.secret,
        disabled_reason: endpoint.disabled_reason,
        created_at: endpoint.created_at,
    };
    insert_into(endpoints::table).values(row).execute(conn).await?;
    Ok(())
}

/// How many there are.
pub async fn count(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(endpoints::table.count().get_result(conn).await?)
}

/// One endpoint.
pub async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Endpoint>, DbError> {
    let row = endpoints::table.find(id).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Endpoint::from))
}

/// A page, oldest first.
pub async fn page(conn: &mut Conn, page: PageRequest) -> Result<Vec<Endpoint>, DbError> {
    let rows: Vec<Row> = endpoints::table
        .select(Row::as_select())
        .filter(endpoints::id.gt(page.after()))
        .order(endpoints::id)
        .limit(page.rows())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Endpoint::from).collect())
}

/// The active endpoints that want this. They stay as they are until the transaction ends, so that whoever deletes one
/// cancels what is queued here too.
pub async fn wanting(conn: &mut Conn, event_type: &str) -> Result<Vec<Uuid>, DbError> {
    Ok(endpoints::table
        .filter(endpoints::state.eq("active"))
        .filter(endpoints::event_types.contains(vec![event_type.to_owned()]))
        .select(endpoints::id)
        .for_share()
        .load(conn)
        .await?)
}

/// Deletes an endpoint.
pub async fn remove(conn: &mut Conn, id: Uuid) -> Result<usize, DbError> {
    Ok(delete(endpoints::table.find(id)).execute(conn).await?)
}

/// Disables an endpoint.
pub async fn disable(conn: &mut Conn, id: Uuid, reason: &str) -> Result<usize, DbError> {
    Ok(update(endpoints::table.find(id))
        .set((endpoints::state.eq("disabled"), endpoints::disabled_reason.eq(reason)))
        .execute(conn)
        .await?)
}
