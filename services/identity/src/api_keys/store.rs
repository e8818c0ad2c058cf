//! Queries on `api_keys`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{ApiKey, KeyKind};
use crate::{
    schema::{api_keys, tenants},
    tenants::domain::Status,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    publishable: bool,
    test: bool,
    name: String,
    scopes: Vec<String>,
    origins: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

/// Adds a key; `hash` is all that is kept of its text.
pub(super) async fn insert(conn: &mut Conn, key: &ApiKey, hash: &[u8]) -> Result<(), DbError> {
    let row = Row::from(key.clone());
    insert_into(api_keys::table).values((row, api_keys::key_hash.eq(hash))).execute(conn).await?;
    Ok(())
}

/// The keys of an organisation, newest first, revoked ones too.
pub(super) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<ApiKey>, DbError> {
    let rows: Vec<Row> = api_keys::table
        .filter(api_keys::tenant_id.eq(tenant_id))
        .filter(api_keys::id.lt(page.before()))
        .order(api_keys::id.desc())
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

/// The key with this hash, of an organisation that may act.
pub(super) async fn by_hash(conn: &mut Conn, hash: &[u8]) -> Result<Option<ApiKey>, DbError> {
    let row: Option<Row> = api_keys::table
        .inner_join(tenants::table.on(tenants::tenant_id.eq(api_keys::tenant_id)))
        .filter(api_keys::key_hash.eq(hash))
        .filter(tenants::status.eq(Status::Active))
        .select(Row::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(ApiKey::from))
}

/// Revokes a key; returns 0 if there is none alive.
pub(super) async fn revoke(
    conn: &mut Conn,
    tenant_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(api_keys::table.find(id))
        .filter(api_keys::tenant_id.eq(tenant_id))
        .filter(api_keys::revoked_at.is_null())
        .set(api_keys::revoked_at.eq(now))
        .execute(conn)
        .await?)
}

pub(super) async fn note_use(
    conn: &mut Conn,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let query = update(api_keys::table.find(id)).set(api_keys::last_used_at.eq(now));
    Ok(query.execute(conn).await?)
}

/// The origins of each key alive.
pub(super) async fn origins(
    conn: &mut Conn,
    now: DateTime<Utc>,
) -> Result<Vec<Vec<String>>, DbError> {
    Ok(api_keys::table
        .filter(api_keys::publishable)
        .filter(api_keys::revoked_at.is_null())
        .filter(api_keys::expires_at.is_null().or(api_keys::expires_at.gt(now)))
        .select(api_keys::origins)
        .load(conn)
        .await?)
}

impl From<ApiKey> for Row {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            tenant_id: key.tenant_id,
            publishable: key.kind == KeyKind::Publishable,
            test: key.test,
            name: key.name,
            scopes: key.scopes,
            origins: key.origins,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            kind: if row.publishable { KeyKind::Publishable } else { KeyKind::Secret },
            test: row.test,
            name: row.name,
            scopes: row.scopes,
            origins: row.origins,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
        }
    }
}
