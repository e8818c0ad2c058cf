//! Ids and random bytes, given rather than taken.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Source of ids and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ids;

impl Ids {
    /// A row's id: `UUIDv7`, so that ids sort by time.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn next(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// A subject's id: `UUIDv4`, which tells nothing about when a person came.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn subject(&self) -> Uuid {
        Uuid::new_v4()
    }

    /// `N` random bytes from the system's generator.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // The generator fails only when the kernel has none; a zero token would be worse than a stop.
        if rand::fill(&mut bytes).is_err() {
            std::process::abort();
        }
        bytes
    }

    /// A token with `N` random bytes, URL-safe.
    pub fn token<const N: usize>(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<N>())
    }
}
