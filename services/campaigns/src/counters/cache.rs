//! Totals in memory for a second, so that a busy campaign's number is not added up for each visitor.

use std::time::Duration;

use kit::db::Db;
use uuid::Uuid;

use super::store;
use crate::error::Error;

/// How old a total may be.
const TTL: Duration = Duration::from_secs(1);
/// Most campaigns held.
const MAX_CACHED: u64 = 10_000;

/// Keyed by tenant and campaign, so that no token reaches another tenant's entry.
pub(crate) struct Cache(moka::sync::Cache<(Uuid, Uuid), i64>);

impl Cache {
    pub(crate) fn new() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(MAX_CACHED).time_to_live(TTL).build())
    }

    /// The number of confirmed actions.
    pub(crate) async fn total(
        &self,
        db: &Db,
        tenant_id: Uuid,
        campaign_id: Uuid,
    ) -> Result<i64, Error> {
        if let Some(total) = self.0.get(&(tenant_id, campaign_id)) {
            return Ok(total);
        }
        let total = db
            .tx("counters.total", tenant_id, async |conn| store::total(conn, campaign_id).await)
            .await?;
        self.0.insert((tenant_id, campaign_id), total);
        Ok(total)
    }
}
