//! The constituencies that have a representative, in memory for a few seconds.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kit::db::Db;
use uuid::Uuid;

use super::store;
use crate::error::Error;

/// How long other processes may not see a new import.
const TTL: Duration = Duration::from_secs(5);
/// Most tenants held.
const MAX_CACHED: u64 = 10_000;

/// Keyed by tenant.
pub(crate) struct Cache(moka::sync::Cache<Uuid, Arc<HashSet<String>>>);

impl Cache {
    pub(crate) fn new() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(MAX_CACHED).time_to_live(TTL).build())
    }

    /// Drops the entry of a tenant whose representatives this process has imported.
    pub(crate) fn forget(&self, tenant_id: Uuid) {
        self.0.invalidate(&tenant_id);
    }

    /// GSS codes.
    pub(crate) async fn constituencies(
        &self,
        db: &Db,
        tenant_id: Uuid,
    ) -> Result<Arc<HashSet<String>>, Error> {
        if let Some(found) = self.0.get(&tenant_id) {
            return Ok(found);
        }
        let found = db
            .tx("representatives.constituencies", tenant_id, async |conn| -> Result<_, Error> {
                Ok(Arc::new(store::constituencies(conn).await?))
            })
            .await?;
        self.0.insert(tenant_id, found.clone());
        Ok(found)
    }
}
