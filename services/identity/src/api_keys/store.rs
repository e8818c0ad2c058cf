//! Queries of API keys.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{ApiKey, KeyKind};
use crate::schema::{api_keys, tenants};

#[derive(Queryable)]
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

const COLUMNS: (
    api_keys::id,
    api_keys::tenant_id,
    api_keys::publishable,
    api_keys::test,
    api_keys::name,
    api_keys::scopes,
    api_keys::origins,
    api_keys::created_at,
    api_keys::expires_at,
    api_keys::revoked_at,
    api_keys::last_used_at,
) = (
    api_keys::id,
    api_keys::tenant_id,
    api_keys::publishable,
    api_keys::test,
    api_keys::name,
    api_keys::scopes,
    api_keys::origins,
    api_keys::created_at,
    api_keys::expires_at,
    api_keys::revoked_at,
    api_keys::last_used_at,
);

fn key(row: Row) -> ApiKey {
    ApiKey {
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

/// Adds a key; `hash` is all that stays of its text.
pub(crate) async fn insert(conn: &mut Conn, key: &ApiKey, hash: &[u8]) -> Result<(), DbError> {
    insert_into(api_keys::table)
        .values((
            api_keys::id.eq(key.id),
            api_keys::tenant_id.eq(key.tenant_id),
            api_keys::key_hash.eq(hash),
            api_keys::name.eq(&key.name),
            api_keys::publishable.eq(key.kind == KeyKind::Publishable),
            api_keys::test.eq(key.test),
            api_keys::scopes.eq(&key.scopes),
            api_keys::origins.eq(&key.origins),
            api_keys::created_at.eq(key.created_at),
            api_keys::expires_at.eq(key.expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The keys of an organisation, newest first, revoked ones too.
pub(crate) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<ApiKey>, DbError> {
    let rows: Vec<Row> = api_keys::table
        .filter(api_keys::tenant_id.eq(tenant_id))
        .select(COLUMNS)
        .filter(api_keys::id.lt(page.before()))
        .order(api_keys::id.desc())
        .limit(page.rows())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(key).collect())
}

/// The key with this hash, of an organisation that may act.
pub(crate) async fn by_hash(conn: &mut Conn, hash: &[u8]) -> Result<Option<ApiKey>, DbError> {
    let row: Option<Row> = api_keys::table
        .inner_join(tenants::table.on(tenants::tenant_id.eq(api_keys::tenant_id)))
        .filter(api_keys::key_hash.eq(hash))
        .filter(tenants::status.eq("active"))
        .select(COLUMNS)
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(key))
}

/// Revokes a key; 0 when there is none alive.
pub(crate) async fn revoke(
    conn: &mut Conn,
    tenant_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(api_keys::table)
        .filter(api_keys::tenant_id.eq(tenant_id))
        .filter(api_keys::id.eq(id))
        .filter(api_keys::revoked_at.is_null())
        .set(api_keys::revoked_at.eq(now))
        .execute(conn)
        .await?)
}

/// Notes that a key was used.
pub(crate) async fn note_use(
    conn: &mut Conn,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(api_keys::table)
        .filter(api_keys::id.eq(id))
        .set(api_keys::last_used_at.eq(now))
        .execute(conn)
        .await?)
}

/// The origins of all keys alive.
pub(crate) async fn origins(
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
