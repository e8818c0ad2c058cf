//! Whether a message would reach a representative: checked when the supporter acts, not after they confirmed.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kit::{db::Db, http::problem::FieldError};
use uuid::Uuid;

use super::store;
use crate::{actions::domain::Place, campaigns::domain::Kind, error::Error};

/// How long a new import may stay unseen by other processes.
const TTL: Duration = Duration::from_secs(5);
/// Most tenants held.
const MAX_CACHED: u64 = 10_000;

/// The constituencies of each tenant that have a representative, in memory for a few seconds.
pub(crate) struct Reach(moka::sync::Cache<Uuid, Arc<HashSet<String>>>);

impl Reach {
    pub(crate) fn new() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(MAX_CACHED).time_to_live(TTL).build())
    }

    /// This process imported representatives.
    pub(crate) fn forget(&self, tenant_id: Uuid) {
        self.0.invalidate(&tenant_id);
    }

    /// Refuses a place whose message would reach no representative. A place that is not known yet is accepted: a job finds
    /// it later.
    pub(crate) async fn check(
        &self,
        db: &Db,
        tenant_id: Uuid,
        kind: Kind,
        place: &Place,
    ) -> Result<(), Error> {
        if kind == Kind::Petition || place.pending {
            return Ok(());
        }
        let Some(constituency) = &place.constituency else {
            return Err(no_representative("is not in a known constituency"));
        };
        if self.constituencies(db, tenant_id).await?.contains(&constituency.gss_code) {
            return Ok(());
        }
        Err(no_representative(
            "is in a constituency whose representative this campaign cannot write to",
        ))
    }

    async fn constituencies(
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

fn no_representative(detail: &'static str) -> Error {
    Error::Invalid(vec![FieldError::new("/postcode", "no_representative", detail)])
}
