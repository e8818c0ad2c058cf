//! Folds one confirmation into the figures.

use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::store;

/// Stands for a constituency that was not known when the action was confirmed.
const UNKNOWN: &str = "unknown";

pub(crate) async fn fold(
    conn: &mut Conn,
    tenant_id: Uuid,
    campaign_id: Uuid,
    constituency: Option<&str>,
) -> Result<(), DbError> {
    store::increment(conn, tenant_id, campaign_id, constituency.unwrap_or(UNKNOWN)).await
}
