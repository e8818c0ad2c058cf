//! Queries on `audit`: insert and read, nothing else.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::Entry;
use crate::schema::audit;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    actor_kind: String,
    actor_id: Uuid,
    action: String,
    object_kind: String,
    object_id: Uuid,
    at: DateTime<Utc>,
}

pub(crate) async fn insert(conn: &mut Conn, entry: Entry) -> Result<(), DbError> {
    insert_into(audit::table).values(Row::from(entry)).execute(conn).await?;
    Ok(())
}

/// Newest first.
pub(super) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<Entry>, DbError> {
    let rows: Vec<Row> = audit::table
        .filter(audit::tenant_id.eq(tenant_id))
        .filter(audit::id.lt(page.before()))
        .order(audit::id.desc())
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        let Row { id, tenant_id, actor_kind, actor_id, action, object_kind, object_id, at } = row;
        Self { id, tenant_id, actor_kind, actor_id, action, object_kind, object_id, at }
    }
}

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        let Entry { id, tenant_id, actor_kind, actor_id, action, object_kind, object_id, at } =
            entry;
        Self { id, tenant_id, actor_kind, actor_id, action, object_kind, object_id, at }
    }
}
