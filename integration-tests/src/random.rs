//! Numbers drawn by a seeded generator, so that a run can be repeated.

/// `SplitMix64`: small, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high.max(low) - low + 1)
    }

    /// Of a list of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.next() >> 1).unwrap_or_default() % length.max(1)
    }

    /// One of these, or the other if there are none.
    pub fn one<T: Copy>(&mut self, of: &[T], otherwise: T) -> T {
        of.get(self.index(of.len())).copied().unwrap_or(otherwise)
    }

    /// Puts a list in random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.index(end + 1));
        }
    }
}
