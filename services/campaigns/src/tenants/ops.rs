//! Stores what identity announces.

use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::store;

pub(crate) async fn remember(
    conn: &mut Conn,
    tenant_id: Uuid,
    slug: &str,
    name: &str,
) -> Result<(), DbError> {
    store::upsert(conn, tenant_id, slug, name).await
}
