//! Stores the representatives of an imported file.

use chrono::{DateTime, Utc};
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::{domain::Representative, store};

/// Lines written by one statement.
const CHUNK: usize = 500;

/// Replaces the tenant's representatives of the constituencies in the file; a representative who was there before keeps
/// their id.
pub(super) async fn replace(
    conn: &mut Conn,
    tenant_id: Uuid,
    representatives: &[Representative],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    for chunk in representatives.chunks(CHUNK) {
        store::upsert(conn, tenant_id, chunk, now).await?;
    }
    Ok(())
}
