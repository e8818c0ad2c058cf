//! Cache that cost work and were asked for lately. They belong to one edition of the data, and go with it.

use std::hash::Hash;

use actix_web::web::Bytes;
use kit::problem::Problem;

use crate::geometry::tile::Tile;

/// Memory for tiles, in bytes: a whole country at the zooms that people look at.
const TILES_BYTES: u64 = 16 * 1024 * 1024;
/// Memory for outlines of whole layers, in bytes.
const LAYERS_BYTES: u64 = 32 * 1024 * 1024;
/// What an entry takes beside its bytes, about.
const ENTRY_BYTES: usize = 128;

/// All that is kept, by the places of layers.
pub struct ResponseCache {
    pub tiles: Cache<(usize, Tile)>,
    /// By the metres that borders were simplified by.
    pub layers: Cache<(usize, u32)>,
}

/// Cache of one kind.
pub struct Cache<K>(moka::sync::Cache<K, Bytes>);

impl Default for ResponseCache {
    fn default() -> Self {
        Self { tiles: Cache::within(TILES_BYTES), layers: Cache::within(LAYERS_BYTES) }
    }
}

impl<K: Copy + Eq + Hash + Send + Sync + 'static> Cache<K> {
    fn within(bytes: u64) -> Self {
        let weigher =
            |_: &K, answer: &Bytes| u32::try_from(answer.len() + ENTRY_BYTES).unwrap_or(u32::MAX);
        Self(moka::sync::Cache::builder().max_capacity(bytes).weigher(weigher).build())
    }

    pub fn get(&self, key: K) -> Option<Bytes> {
        self.0.get(&key)
    }

    /// The answer, worked out when it is not there; once for however many ask at the same time. A refusal is not kept.
    pub fn get_or_compute(
        &self,
        key: K,
        work: impl FnOnce() -> Result<Bytes, Problem>,
    ) -> Result<Bytes, Problem> {
        let answer = self.0.try_get_with(key, work);
        answer.map_err(|problem| (*problem).clone())
    }
}
