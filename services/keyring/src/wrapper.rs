//! Key-encryption keys: versioned, held only in memory, binding each wrapped key to its holder.

use std::{collections::BTreeMap, fmt};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use kit::{
    keyring::sealed::{DataKey, SealContext},
    secret::Secret,
};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a wrapped key is for; part of what its tag protects.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Holder<'a> {
    /// A tenant's blind-index key.
    Index(Uuid),
    /// A person's data key, by subject and compartment.
    Data(Uuid, &'a str),
}

/// A wrapped key and the version of the key-encryption key that unwraps it.
#[derive(Debug, Clone)]
pub(crate) struct Wrapped {
    pub(crate) version: i32,
    pub(crate) bytes: Vec<u8>,
}

/// All key-encryption keys that still unwrap, and the one that wraps.
pub(crate) struct Wrapper {
    current: i32,
    keks: BTreeMap<i32, DataKey>,
}

impl Holder<'_> {
    fn place(&self) -> SealContext<'_> {
        match self {
            Self::Index(tenant_id) => {
                SealContext::Row { table: "index_keys", column: "wrapped", id: *tenant_id }
            }
            Self::Data(subject_id, compartment) => {
                SealContext::Row { table: "data_keys", column: compartment, id: *subject_id }
            }
        }
    }
}

impl Wrapper {
    /// Reads `version:base64,…`, the current key first.
    pub(crate) fn parse(keks: &Secret) -> anyhow::Result<Self> {
        let mut parsed = BTreeMap::new();
        let mut first = None;
        for part in keks.expose().split(',') {
            let (version, key) = part.trim().split_once(':').context("not version:base64")?;
            let version: i32 = version.parse().context("the version is not a number")?;
            let bytes = Zeroizing::new(B64.decode(key).context("not base64")?);
            let key = <[u8; 32]>::try_from(bytes.as_slice()).context("a key is not 32 bytes")?;
            first.get_or_insert(version);
            parsed.insert(version, DataKey::new(key));
        }
        Ok(Self { current: first.context("no key")?, keks: parsed })
    }

    /// The version that wraps now.
    pub(crate) fn current(&self) -> i32 {
        self.current
    }

    /// Whether there is another version than the current one.
    pub(crate) fn has_others(&self) -> bool {
        self.keks.len() > 1
    }

    /// Whether keys wrapped under `version` can be unwrapped.
    pub(crate) fn has(&self, version: i32) -> bool {
        self.keks.contains_key(&version)
    }

    /// Wraps a key under the current version.
    pub(crate) fn wrap(&self, holder: Holder<'_>, key: &[u8]) -> anyhow::Result<Wrapped> {
        let kek = self.keks.get(&self.current).context("no current key-encryption key")?;
        Ok(Wrapped { version: self.current, bytes: kek.seal_bytes(holder.place(), key)? })
    }

    pub(crate) fn unwrap_key(
        &self,
        holder: Holder<'_>,
        wrapped: &Wrapped,
    ) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let version = wrapped.version;
        let kek = self.keks.get(&version);
        let kek = kek.with_context(|| format!("no key-encryption key {version}"))?;
        Ok(kek.open_bytes(holder.place(), &wrapped.bytes)?)
    }

    /// Wraps a key under the current version that is wrapped under an older one.
    pub(crate) fn rewrap(&self, holder: Holder<'_>, old: &Wrapped) -> anyhow::Result<Wrapped> {
        self.wrap(holder, &self.unwrap_key(holder, old)?)
    }
}

impl fmt::Debug for Wrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapper").field("current", &self.current).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keks(text: &str) -> Wrapper {
        Wrapper::parse(&Secret::new(text)).unwrap()
    }

    #[test]
    fn an_old_version_still_unwraps_and_a_wrapped_key_cannot_be_moved() {
        let (old, new) = (B64.encode([1; 32]), B64.encode([2; 32]));
        let holder = Holder::Data(Uuid::from_u128(1), "action");
        let wrapped = keks(&format!("1:{old}")).wrap(holder, &[9; 32]).unwrap();
        let rotated = keks(&format!("2:{new},1:{old}"));
        assert_eq!(rotated.unwrap_key(holder, &wrapped).unwrap().as_slice(), &[9; 32]);
        let other = Holder::Data(Uuid::from_u128(2), "action");
        assert!(rotated.unwrap_key(other, &wrapped).is_err());
        assert!(keks(&format!("2:{new}")).unwrap_key(holder, &wrapped).is_err());
    }
}
