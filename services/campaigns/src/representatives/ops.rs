//! Stores the representatives of an imported file.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::{
    domain::{Change, Register},
    store,
};

/// Lines written by one statement.
const CHUNK: usize = 500;

/// Replaces the tenant's representatives by those of the file; a constituency that had one keeps its representative's id.
pub(super) async fn replace(
    conn: &mut Conn,
    tenant_id: Uuid,
    register: &Register,
    is_partial: bool,
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, Change>, DbError> {
    store::lock(conn, tenant_id).await?;
    let changes = register.changes(store::all(conn).await?, is_partial);
    let removed = changes.iter().filter(|(_, change)| matches!(change, Change::Removed(_)));
    let removed: Vec<&str> = removed.map(|(gss_code, _)| gss_code.as_str()).collect();
    store::delete(conn, &removed).await?;
    for chunk in register.representatives.chunks(CHUNK) {
        store::upsert(conn, tenant_id, chunk, now).await?;
    }
    Ok(changes)
}
