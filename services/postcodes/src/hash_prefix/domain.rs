//! Live postcodes by the prefix of the SHA-256 of their compact text (`AB101AB`).

use aws_lc_rs::digest;
use contracts::values::postcode::Postcode;

use crate::{
    dataset::image::{Dataset, Entry},
    groups::Groups,
};

/// Number of buckets: one for each prefix of four hexadecimal digits.
const BUCKETS: usize = 1 << 16;

/// Rows by bucket, four bytes for each live postcode.
pub(crate) struct HashIndex(Groups);

/// A prefix of three or four digits. A shorter one would match thousands of postcodes, a longer one would identify one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    first: usize,
    buckets: usize,
}

impl Prefix {
    /// Parses hexadecimal digits in any case; none if they are not a valid prefix.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let buckets = match (is_hex, text.len()) {
            (true, 3) => 16,
            (true, 4) => 1,
            _ => return None,
        };
        Some(Self { first: usize::from_str_radix(text, 16).ok()? * buckets, buckets })
    }
}

impl HashIndex {
    /// Hashes all live postcodes, which takes a fraction of a second.
    pub(crate) fn new(dataset: &Dataset) -> Self {
        let live = dataset.entries().filter(Entry::is_live);
        let pairs: Vec<(u16, u32)> =
            live.map(|entry| (bucket(entry.postcode()), entry.row())).collect();
        let pairs = pairs.iter().map(|(bucket, row)| (usize::from(*bucket), *row));
        Self(Groups::new(BUCKETS, pairs))
    }

    /// The live postcodes whose hash starts with a prefix.
    pub(crate) fn starting_with<'a>(
        &self,
        dataset: &'a Dataset,
        prefix: Prefix,
    ) -> impl Iterator<Item = Entry<'a>> {
        let rows = self.0.get(prefix.first..prefix.first + prefix.buckets);
        rows.iter().filter_map(|row| dataset.entry_at(*row))
    }
}

/// The first two bytes of the hash.
fn bucket(postcode: Postcode) -> u16 {
    let hash = digest::digest(&digest::SHA256, postcode.compact().as_bytes());
    hash.as_ref().first_chunk().copied().map_or(0, u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::{Prefix, bucket};
    use contracts::values::postcode::Postcode;

    #[test]
    fn only_three_or_four_digits_are_a_prefix() {
        assert_eq!(Prefix::parse("0ff"), Some(Prefix { first: 0xff0, buckets: 16 }));
        assert_eq!(Prefix::parse("FFFF"), Some(Prefix { first: 0xffff, buckets: 1 }));
        for text in ["", "ab", "abcde", "xyz", "+12", "0x1", "é1"] {
            assert_eq!(Prefix::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_compact_text() {
        // printf AB101AB | sha256sum
        assert_eq!(bucket(Postcode::parse("ab10 1ab").unwrap()), 0x71b6);
    }
}
