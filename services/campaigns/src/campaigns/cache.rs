//! Published campaigns in memory for a few seconds, so that a busy campaign is not read for each supporter.

use std::{sync::Arc, time::Duration};

use kit::db::Db;
use uuid::Uuid;

use super::{domain::Campaign, store};
use crate::{error::Error, tenants};

/// How long a closed campaign may still accept actions.
const TTL: Duration = Duration::from_secs(5);
/// Most campaigns held.
const MAX_CACHED: u64 = 10_000;

/// A campaign that the public may see, with its organisation's name.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) campaign: Campaign,
    pub(crate) organisation: String,
}

/// Keyed by tenant and campaign, so that no token reaches another tenant's entry.
pub(crate) struct Cache(moka::sync::Cache<(Uuid, Uuid), Arc<Published>>);

impl Cache {
    pub(crate) fn new() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(MAX_CACHED).time_to_live(TTL).build())
    }

    /// Drops a campaign that this process has changed.
    pub(crate) fn forget(&self, tenant_id: Uuid, id: Uuid) {
        self.0.invalidate(&(tenant_id, id));
    }

    /// A live or closed campaign.
    pub(crate) async fn published(
        &self,
        db: &Db,
        tenant_id: Uuid,
        id: Uuid,
    ) -> Result<Arc<Published>, Error> {
        if let Some(found) = self.0.get(&(tenant_id, id)) {
            return Ok(found);
        }
        let found = db
            .tx("campaigns.published", tenant_id, async |conn| -> Result<_, Error> {
                let campaign = store::by_id(conn, id).await?.filter(Campaign::is_public);
                let campaign = campaign.ok_or(Error::NoSuchCampaign)?;
                let organisation = tenants::store::name(conn, tenant_id).await?.unwrap_or_default();
                Ok(Arc::new(Published { campaign, organisation }))
            })
            .await?;
        self.0.insert((tenant_id, id), found.clone());
        Ok(found)
    }

    /// A campaign that accepts actions.
    pub(crate) async fn live(
        &self,
        db: &Db,
        tenant_id: Uuid,
        id: Uuid,
    ) -> Result<Arc<Published>, Error> {
        let found = self.published(db, tenant_id, id).await?;
        if found.campaign.is_live() { Ok(found) } else { Err(Error::CampaignClosed) }
    }
}
