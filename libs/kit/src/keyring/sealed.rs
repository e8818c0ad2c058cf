//! Seals and opens personal fields.
//!
//! The format of a sealed value, which has never changed: `1` (format) `1` (AES-256-GCM) nonce (12) ciphertext tag (16).
//! The additional data says where the value is stored, so that a ciphertext cannot be moved to another row, column or
//! event.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use contracts::Sealed;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::id::Ids;

const FORMAT: u8 = 1;
const AES_GCM: u8 = 1;
const HEADER_LENGTH: usize = 2 + NONCE_LEN;

/// Where a sealed value is stored; authenticated with it.
#[derive(Debug, Clone, Copy)]
pub enum SealContext<'a> {
    /// In a row of the database.
    Row { table: &'a str, column: &'a str, id: Uuid },
    /// In an event.
    Event {
        /// The event type, e.g. `campaigns.action.submitted.v1`.
        kind: &'a str,
        field: &'a str,
        id: Uuid,
    },
}

impl SealContext<'_> {
    fn aad(&self) -> Vec<u8> {
        match self {
            Self::Row { table, column, id } => format!("row|{table}|{column}|{id}").into_bytes(),
            Self::Event { kind, field, id } => format!("event|{kind}|{field}|{id}").into_bytes(),
        }
    }
}

/// The result of opening a value. `Erased` is a normal result: the person asked for erasure, or the retention period
/// ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened<T> {
    Value(T),
    /// Its key was destroyed, or is not available for this purpose.
    Erased,
}

impl<T> Opened<T> {
    /// The value, unless it is erased.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Erased => None,
        }
    }
}

/// A sealed value cannot be opened although its key is active: it was moved, altered or truncated.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value does not open")]
pub struct OpenError;

/// A key of a person's data, which the keyring hands out for a purpose.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Seals a value as JSON.
    pub fn seal<T: Serialize + ToOwned + ?Sized>(
        &self,
        place: SealContext<'_>,
        value: &T,
    ) -> Result<Sealed<T::Owned>, OpenError> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|_opaque| OpenError)?);
        self.seal_bytes(place, &plain).map(Sealed::from_bytes)
    }

    pub fn seal_bytes(&self, place: SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, OpenError> {
        let nonce: [u8; NONCE_LEN] = Ids.bytes();
        let mut body = plain.to_vec();
        let aad = Aad::from(place.aad());
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_opaque| OpenError)?;
        let mut sealed = Vec::with_capacity(HEADER_LENGTH + body.len() + 16);
        sealed.extend([FORMAT, AES_GCM]);
        sealed.extend(nonce);
        sealed.extend(body);
        sealed.extend(tag.as_ref());
        Ok(sealed)
    }

    pub fn open<T: DeserializeOwned>(
        &self,
        place: SealContext<'_>,
        sealed: &Sealed<T>,
    ) -> Result<T, OpenError> {
        let plain = self.open_bytes(place, sealed.as_bytes())?;
        serde_json::from_slice(&plain).map_err(|_opaque| OpenError)
    }

    pub fn open_bytes(
        &self,
        place: SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (header, body) = sealed.split_at_checked(HEADER_LENGTH).ok_or(OpenError)?;
        let (format, nonce) = header.split_at_checked(2).ok_or(OpenError)?;
        if format != [FORMAT, AES_GCM] {
            return Err(OpenError);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_opaque| OpenError)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .cipher()?
            .open_in_place(nonce, Aad::from(place.aad()), &mut body)
            .map_err(|_opaque| OpenError)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    fn cipher(&self) -> Result<LessSafeKey, OpenError> {
        UnboundKey::new(&AES_256_GCM, self.0.as_ref())
            .map(LessSafeKey::new)
            .map_err(|_opaque| OpenError)
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(id: u128) -> SealContext<'static> {
        SealContext::Row { table: "actions", column: "name", id: Uuid::from_u128(id) }
    }

    #[test]
    fn a_value_opens_only_where_it_was_sealed_and_with_its_own_key() {
        let key = DataKey::new([7; 32]);
        let sealed = key.seal(place(1), "Ada").unwrap();
        assert_eq!(key.open(place(1), &sealed).unwrap(), "Ada");
        assert!(key.open(place(2), &sealed).is_err());
        assert!(DataKey::new([8; 32]).open(place(1), &sealed).is_err());
        assert!(!sealed.as_bytes().windows(3).any(|w| w == b"Ada"));
    }

    #[test]
    fn truncated_bytes_are_an_error_and_not_a_panic() {
        let key = DataKey::new([7; 32]);
        let sealed = key.seal_bytes(place(1), b"x").unwrap();
        for length in 0..sealed.len() {
            assert!(key.open_bytes(place(1), &sealed[..length]).is_err());
        }
    }
}
