//! Adds one confirmation to the numbers.

use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::store;

/// The constituency of actions whose constituency was not known when they were confirmed.
const UNKNOWN: &str = "unknown";

pub(crate) async fn fold(
    conn: &mut Conn,
    tenant_id: Uuid,
    campaign_id: Uuid,
    constituency: Option<&str>,
) -> Result<(), DbError> {
    store::increment(conn, tenant_id, campaign_id, constituency.unwrap_or(UNKNOWN)).await
}
