//! Ids, random bytes and tokens.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// The one source of ids and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ids;

impl Ids {
    /// A row's id: `UUIDv7`, so that ids sort by time.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn next(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// A subject's id: `UUIDv4`, which does not reveal when the person first appeared.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn subject(&self) -> Uuid {
        Uuid::new_v4()
    }

    /// `N` bytes from the system's random number generator.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // This fails only if the kernel has no random numbers. A token of zeros would be worse than the end of the
        // process.
        if rand::fill(&mut bytes).is_err() {
            std::process::abort();
        }
        bytes
    }

    /// `N` random bytes as URL-safe base64, without padding.
    pub fn token<const N: usize>(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<N>())
    }
}
