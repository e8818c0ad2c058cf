//! What the keyring's handlers get first.

use std::time::Duration;

use kit::{clock::Clock, db::Db, id::Ids, service::Kit};
use moka::sync::Cache;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{config::Config, wrap::Wrapper};

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
    /// Unwrapped index keys by tenant.
    pub index_keys: Cache<Uuid, Zeroizing<Vec<u8>>>,
}

impl App {
    /// Builds the app.
    pub fn new(config: Config, kit: Kit) -> anyhow::Result<Self> {
        let index_keys =
            Cache::builder().max_capacity(MAX_INDEX_KEYS).time_to_live(INDEX_KEY_TTL).build();
        let wrapper = Wrapper::parse(&config.keks)?;
        Ok(Self { db: kit.db()?, clock: kit.clock, ids: kit.ids, wrapper, index_keys })
    }
}
