//! Queries on `eligibility_areas`.

use chrono::{DateTime, Utc};
use diesel::{delete as delete_from, insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use serde_json::Value;
use uuid::Uuid;

use super::domain::Area;
use crate::schema::eligibility_areas;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = eligibility_areas, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    name: String,
    #[diesel(column_name = area)]
    definition: Value,
    version: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut Conn, area: &Area<Value>) -> Result<(), DbError> {
    let row = Row::from(area.clone());
    insert_into(eligibility_areas::table).values(row).execute(conn).await?;
    Ok(())
}

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Area<Value>>, DbError> {
    let query = eligibility_areas::table.find(id).select(Row::as_select());
    Ok(query.first(conn).await.optional()?.map(Area::from))
}

/// Locks the row until the transaction ends.
pub(super) async fn lock(conn: &mut Conn, id: Uuid) -> Result<Option<Area<Value>>, DbError> {
    let query = eligibility_areas::table.find(id).select(Row::as_select()).for_update();
    Ok(query.first(conn).await.optional()?.map(Area::from))
}

pub(super) async fn save(conn: &mut Conn, area: &Area<Value>) -> Result<usize, DbError> {
    let row = Row::from(area.clone());
    Ok(update(eligibility_areas::table.find(area.id)).set(row).execute(conn).await?)
}

pub(super) async fn delete(conn: &mut Conn, id: Uuid) -> Result<usize, DbError> {
    Ok(delete_from(eligibility_areas::table.find(id)).execute(conn).await?)
}

pub(super) async fn page(conn: &mut Conn, page: PageRequest) -> Result<Vec<Area<Value>>, DbError> {
    let rows: Vec<Row> = eligibility_areas::table
        .filter(eligibility_areas::id.gt(page.after()))
        .order(eligibility_areas::id)
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Area::from).collect())
}

impl From<Row> for Area<Value> {
    fn from(row: Row) -> Self {
        let Row { id, tenant_id, name, definition, version, created_at, updated_at } = row;
        Self { id, tenant_id, name, definition, version, created_at, updated_at }
    }
}

impl From<Area<Value>> for Row {
    fn from(area: Area<Value>) -> Self {
        let Area { id, tenant_id, name, definition, version, created_at, updated_at } = area;
        Self { id, tenant_id, name, definition, version, created_at, updated_at }
    }
}
