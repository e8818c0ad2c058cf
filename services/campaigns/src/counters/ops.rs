//! Counts a confirmation, and moves it once its constituency is found.
//!
//! Whoever changes several rows in a transaction does so in the order of their names, so that nobody waits for each other.

use contracts::campaigns::ActionConfirmed;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::store::{self, UNKNOWN};

/// The name of the row that counts a confirmation.
pub(crate) fn row(event: &ActionConfirmed) -> String {
    format!("{} {}", event.campaign_id, event.constituency.as_deref().unwrap_or(UNKNOWN))
}

pub(crate) async fn fold(
    conn: &mut Conn,
    tenant_id: Uuid,
    campaign_id: Uuid,
    constituency: Option<&str>,
) -> Result<(), DbError> {
    store::add(conn, tenant_id, campaign_id, constituency.unwrap_or(UNKNOWN), 1).await
}

/// Moves a confirmation from the unknown ones to its constituency. If its event has not been folded yet, the number of the
/// unknown ones is too low until it is.
pub(crate) async fn settle(
    conn: &mut Conn,
    tenant_id: Uuid,
    campaign_id: Uuid,
    constituency: &str,
) -> Result<(), DbError> {
    store::add(conn, tenant_id, campaign_id, constituency, 1).await?;
    store::add(conn, tenant_id, campaign_id, UNKNOWN, -1).await
}
