//! What a key looks like and what it may do.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Duration, Utc};
use contracts::scopes;
use uuid::Uuid;

/// `last_used_at` is written at most this often.
const USE_STEP: Duration = Duration::hours(1);
/// Without characters that look alike.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Random bytes of a key.
const RANDOM: usize = 20;
/// Characters of `RANDOM` bytes.
const BODY: usize = 32;

kit::text_enum! {
    /// Where a key may be kept.
    pub enum KeyKind {
        /// In a page that anybody can read.
        Publishable = "publishable",
        /// On a server.
        Secret = "secret",
    }
}

impl KeyKind {
    fn prefix(self, test: bool) -> &'static str {
        match (self, test) {
            (Self::Publishable, false) => "pk_live_",
            (Self::Publishable, true) => "pk_test_",
            (Self::Secret, false) => "sk_live_",
            (Self::Secret, true) => "sk_test_",
        }
    }

    pub(super) fn may_hold(self, scope: &str) -> bool {
        match self {
            Self::Publishable => scopes::PUBLISHABLE.contains(&scope),
            Self::Secret => scopes::secret_key().contains(&scope),
        }
    }
}

/// A key to be created.
#[derive(Debug, Clone)]
pub(crate) struct NewKey {
    pub(crate) kind: KeyKind,
    pub(crate) test: bool,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// A key as stored, without its text.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) kind: KeyKind,
    pub(crate) test: bool,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    pub(super) fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the time of the last use is old enough to be written again.
    pub(super) fn should_note_use(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|last| now - last >= USE_STEP)
    }
}

/// The text of a key: prefix, random part, checksum, by which a scanner for secrets recognises it.
pub(super) fn text(kind: KeyKind, test: bool, random: &[u8; RANDOM]) -> String {
    let head = format!("{}{}", kind.prefix(test), base32(random));
    let sum = checksum(&head);
    head + &sum
}

/// What is stored of a key's text; none if it is mistyped, which then costs no look-up.
pub(super) fn hash(text: &str) -> Option<Vec<u8>> {
    let (head, sum) = text.split_at_checked("pk_live_".len() + BODY)?;
    (checksum(head) == sum).then(|| digest(&SHA256, text.as_bytes()).as_ref().to_vec())
}

fn checksum(head: &str) -> String {
    let digest = digest(&SHA256, head.as_bytes());
    base32(digest.as_ref().get(..5).unwrap_or_default())
}

/// Five bytes to eight characters.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let number = chunk.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        for position in (0..8).rev() {
            let digit = usize::try_from((number >> (5 * position)) & 31).unwrap_or_default();
            text.extend(ALPHABET.get(digit).map(|byte| char::from(*byte)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_prefix_and_a_checksum_that_catches_slips() {
        let key = text(KeyKind::Publishable, true, &[9; RANDOM]);
        assert!(key.starts_with("pk_test_") && key.len() == 8 + 32 + 8, "{key}");
        assert!(hash(&key).is_some());
        assert!(hash(&key.replace("pk_test_", "sk_live_")).is_none());
        assert!(hash(&key[1..]).is_none() && hash("").is_none() && hash("ключ").is_none());
    }
}
