//! Whether a message would reach somebody: told to the supporter at once, not after they confirmed.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kit::problem::FieldError;
use uuid::Uuid;

use super::store;
use crate::{actions::domain::Place, app::App, campaigns::domain::Kind, error::Error};

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
}

/// Refuses a place whose message would have nobody to go to. A place that is not known yet is let in: it is found later.
pub(crate) async fn check(
    app: &App,
    tenant_id: Uuid,
    kind: Kind,
    place: &Place,
) -> Result<(), Error> {
    if kind == Kind::Petition || place.pending {
        return Ok(());
    }
    let Some(constituency) = &place.constituency else {
        return Err(nobody("lies in no constituency that we know"));
    };
    if constituencies(app, tenant_id).await?.contains(&constituency.gss_code) {
        return Ok(());
    }
    Err(nobody("lies in a constituency whose representative this campaign cannot write to"))
}

fn nobody(detail: &'static str) -> Error {
    Error::Invalid(vec![FieldError::new("/postcode", "no_representative", detail)])
}

async fn constituencies(app: &App, tenant_id: Uuid) -> Result<Arc<HashSet<String>>, Error> {
    if let Some(found) = app.reach.0.get(&tenant_id) {
        return Ok(found);
    }
    let found = app
        .db
        .tx("representatives.constituencies", tenant_id, async |conn| -> Result<_, Error> {
            Ok(Arc::new(store::constituencies(conn).await?))
        })
        .await?;
    app.reach.0.insert(tenant_id, found.clone());
    Ok(found)
}
