//! A cache of responses that are expensive to compute. It belongs to one edition of the data and is dropped with it.

use std::hash::Hash;

use bytes::Bytes;
use kit::http::problem::Problem;

use crate::geometry::tile::Tile;

/// Memory for tiles, in bytes: a whole country at common zoom levels.
const TILES_BYTES: u64 = 16 * 1024 * 1024;
/// Memory for the boundaries of whole layers, in bytes.
const LAYERS_BYTES: u64 = 32 * 1024 * 1024;
/// Approximate overhead of an entry, in bytes.
const ENTRY_BYTES: usize = 128;

/// Cached responses, by the number of the layer.
pub(crate) struct ResponseCache {
    pub(crate) tiles: Cache<(usize, Tile)>,
    /// By the tolerance of simplification, metres.
    pub(crate) layers: Cache<(usize, u32)>,
}

/// Responses of one kind.
pub(crate) struct Cache<K>(moka::sync::Cache<K, Bytes>);

impl Default for ResponseCache {
    fn default() -> Self {
        Self { tiles: Cache::within(TILES_BYTES), layers: Cache::within(LAYERS_BYTES) }
    }
}

impl<K: Copy + Eq + Hash + Send + Sync + 'static> Cache<K> {
    fn within(bytes: u64) -> Self {
        let weigher = |_: &K, response: &Bytes| {
            u32::try_from(response.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        Self(moka::sync::Cache::builder().max_capacity(bytes).weigher(weigher).build())
    }

    pub(crate) fn get(&self, key: K) -> Option<Bytes> {
        self.0.get(&key)
    }

    /// The cached response, computed if it is missing, once for all concurrent callers. Errors are not cached.
    pub(crate) fn get_or_compute(
        &self,
        key: K,
        work: impl FnOnce() -> Result<Bytes, Problem>,
    ) -> Result<Bytes, Problem> {
        let response = self.0.try_get_with(key, work);
        response.map_err(|problem| (*problem).clone())
    }
}
