//! What the keyring's handlers get first.

use std::time::Duration;

use kit::{clock::Clock, db::Db, id::Ids, service::Kit};
use moka::sync::Cache;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    config::Config,
    subjects::{index, store},
    wrap::Wrapper,
};

/// Tenants whose index keys are kept unwrapped in memory.
const MAX_INDEX_KEYS: u64 = 10_000;
/// How long an index key stays unwrapped.
const INDEX_KEY_TTL: Duration = Duration::from_mins(5);

/// The keyring.
pub struct App {
    /// Its database: cross-tenant by nature, so every transaction is the worker role's.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Ids and key bytes.
    pub ids: Ids,
    /// Wraps and unwraps keys.
    pub wrapper: Wrapper,
    /// Root of the daily address tags: a key of no tenant, stored and rewrapped like an index key.
    pub tag_root: Zeroizing<Vec<u8>>,
    /// Unwrapped index keys by tenant.
    pub index_keys: Cache<Uuid, Zeroizing<Vec<u8>>>,
}

impl App {
    /// Builds the app. It does not start without every key-encryption key that stored keys still need: whoever was indexed
    /// under a lost one could not be found again, nor erased.
    pub async fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let index_keys =
            Cache::builder().max_capacity(MAX_INDEX_KEYS).time_to_live(INDEX_KEY_TTL).build();
        let wrapper = Wrapper::parse(&config.keks)?;
        let db = kit.db()?;
        let needed = db
            .system_tx("keyring.versions", async |conn| store::versions_in_use(conn).await)
            .await?;
        if let Some(lost) = needed.into_iter().find(|version| !wrapper.has(*version)) {
            anyhow::bail!(
                "FOLKMOOT_KEYRING_KEKS lacks version {lost}, which stored keys still need"
            );
        }
        let (ids, nobody) = (kit.ids, Uuid::nil());
        let root = db.system_tx("keyring.tag_root", async |conn| {
            index::key(&wrapper, ids, conn, nobody).await
        });
        let tag_root = root.await?;
        Ok(Self { db, clock: kit.clock, ids, wrapper, tag_root, index_keys })
    }
}
