//! Argon2id on blocking threads, as many at once as there are cores; who would wait too long gets 503.

use std::{sync::Arc, time::Duration};

use anyhow::anyhow;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use kit::secret::Secret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// ASVS 5.0 appendix C: with t=2, at least this many KiB.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Longest wait for a core.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Hashes and verifies passwords.
pub(crate) struct Hasher {
    permits: Arc<Semaphore>,
    /// Verified when there is no such user, so that the time does not tell users from strangers.
    dummy: String,
}

impl Hasher {
    /// `permits`: hashes at once; 0 for one per core.
    pub(crate) fn new(permits: usize) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let permits = if permits == 0 { cores } else { permits };
        let dummy = hash_now(kit::id::Ids.token::<32>().as_bytes())?;
        Ok(Self { permits: Arc::new(Semaphore::new(permits)), dummy })
    }

    /// The PHC string of a new password.
    pub(crate) async fn hash(&self, password: Secret) -> Result<String, Error> {
        let permit = self.permit().await?;
        let hashing = tokio::task::spawn_blocking(move || {
            let hash = hash_now(password.expose().as_bytes());
            drop(permit);
            hash
        });
        Ok(hashing.await.map_err(anyhow::Error::from)??)
    }

    /// Whether the password is the one hashed. Without a hash it takes as long and is false.
    pub(crate) async fn verify(
        &self,
        password: Secret,
        hash: Option<String>,
    ) -> Result<bool, Error> {
        let (is_known, hash) = (hash.is_some(), hash.unwrap_or_else(|| self.dummy.clone()));
        let permit = self.permit().await?;
        let verifying = tokio::task::spawn_blocking(move || {
            let matches = verify_now(password.expose().as_bytes(), &hash);
            drop(permit);
            matches
        });
        let matches = verifying.await.map_err(anyhow::Error::from)??;
        Ok(is_known && matches)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        let waiting = tokio::time::timeout(MAX_WAIT, self.permits.clone().acquire_owned());
        let permit = waiting.await.map_err(|_elapsed| Error::Busy)?;
        permit.map_err(|closed| Error::Internal(closed.into()))
    }
}

fn argon() -> anyhow::Result<Argon2<'static>> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| anyhow!("argon2: {e}"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &[u8]) -> anyhow::Result<String> {
    let hash: PasswordHash =
        argon()?.hash_password(password).map_err(|e| anyhow!("failed to hash: {e}"))?;
    Ok(hash.to_string())
}

fn verify_now(password: &[u8], hash: &str) -> anyhow::Result<bool> {
    let hash = PasswordHash::new(hash).map_err(|e| anyhow!("a stored hash is unreadable: {e}"))?;
    Ok(argon()?.verify_password(password, &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_verifies_its_password_only_and_nobodys_never_does() {
        let hasher = Hasher::new(1).unwrap();
        let hash = hasher.hash(Secret::new("three otters")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(Secret::new("three otters"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(Secret::new("four otters"), Some(hash)).await.unwrap());
        assert!(!hasher.verify(Secret::new("three otters"), None).await.unwrap());
    }
}
