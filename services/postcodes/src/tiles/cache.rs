//! Tiles that were asked for lately. It belongs to one edition of the data, and goes with it.

use actix_web::web::Bytes;
use moka::sync::Cache;

use super::domain::Tile;

/// Memory for tiles, in bytes: a whole country at the zooms that people look at.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// What an entry takes beside its bytes, about.
const ENTRY_BYTES: usize = 128;

/// Tiles by layer.
pub struct Tiles(Cache<(usize, Tile), Bytes>);

impl Default for Tiles {
    fn default() -> Self {
        let weigher = |_: &(usize, Tile), tile: &Bytes| {
            u32::try_from(tile.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(MAX_BYTES).weigher(weigher).build())
    }
}

impl Tiles {
    pub fn get(&self, layer: usize, tile: Tile) -> Option<Bytes> {
        self.0.get(&(layer, tile))
    }

    /// The tile, cut when it is not there; once for however many ask at the same time.
    pub fn or_cut(&self, layer: usize, tile: Tile, cut: impl FnOnce() -> Bytes) -> Bytes {
        self.0.get_with((layer, tile), cut)
    }
}
