//! What every handler and job is given first.

use std::time::Duration;

use kit::{db::Db, service::Kit};
use moka::sync::Cache;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{config::Config, index_keys::workflow, keks, keys::domain::Mint, wrapper::Wrapper};

/// Tenants whose index keys are kept unwrapped in memory.
const MAX_INDEX_KEYS: u64 = 10_000;
/// How long an index key stays unwrapped.
const INDEX_KEY_TTL: Duration = Duration::from_mins(5);

/// The service's parts.
pub struct App {
    pub(crate) kit: Kit,
    /// Cross-tenant by nature, so every transaction is the worker role's.
    pub(crate) db: Db,
    pub(crate) wrapper: Wrapper,
    /// Unwrapped index keys by tenant.
    pub(crate) index_keys: Cache<Uuid, Zeroizing<Vec<u8>>>,
}

impl App {
    /// Fails without every key-encryption key that stored keys still need: whoever was indexed under a lost one could not
    /// be found again, nor erased.
    pub(crate) async fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let (db, wrapper) = (kit.db()?, Wrapper::parse(&config.keks)?);
        while let Err(error) = prepare(&kit, &db, &wrapper).await {
            kit.wait_for_database(error).await?;
        }
        let index_keys =
            Cache::builder().max_capacity(MAX_INDEX_KEYS).time_to_live(INDEX_KEY_TTL).build();
        Ok(Self { kit, db, wrapper, index_keys })
    }

    /// What new subjects and keys are made with.
    pub(crate) fn mint(&self) -> Mint<'_> {
        Mint { wrapper: &self.wrapper, ids: self.kit.ids, now: self.kit.clock.now() }
    }
}

/// Checks the key-encryption keys.
async fn prepare(kit: &Kit, db: &Db, wrapper: &Wrapper) -> anyhow::Result<()> {
    workflow::check_wrapper(db, wrapper).await?;
    Ok(keks::workflow::report(db, wrapper.current(), kit.clock.now()).await?)
}
