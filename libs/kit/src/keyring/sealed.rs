//! Sealing and opening of personal fields.
//!
//! Format of a sealed value, from the first commit: `1` (format) `1` (AES-256-GCM) nonce (12) ciphertext tag (16).
//! The additional data binds where the value stands, so that a ciphertext cannot be moved to another row, column or event.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use contracts::Sealed;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::id::Ids;

const FORMAT: u8 = 1;
const AES_GCM: u8 = 1;
const HEAD: usize = 2 + NONCE_LEN;

/// Where a sealed value stands; part of what the tag protects.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// A column of a row at rest.
    Row {
        /// Table.
        table: &'a str,
        /// Column.
        column: &'a str,
        /// The row's id.
        id: Uuid,
    },
    /// A field of an event on the wire.
    Event {
        /// Event type.
        kind: &'a str,
        /// Field.
        field: &'a str,
        /// The event's id.
        id: Uuid,
    },
}

impl Place<'_> {
    fn aad(&self) -> Vec<u8> {
        match self {
            Self::Row { table, column, id } => format!("row|{table}|{column}|{id}").into_bytes(),
            Self::Event { kind, field, id } => format!("event|{kind}|{field}|{id}").into_bytes(),
        }
    }
}

/// What opening gives. `Erased` is a normal value: the person asked to be forgotten, or the time came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened<T> {
    /// The value.
    Value(T),
    /// Its key is destroyed.
    Erased,
}

impl<T> Opened<T> {
    /// The value, when it is not erased.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Erased => None,
        }
    }
}

/// A sealed value that does not open although its key lives: moved, cut or not ours.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value does not open")]
pub struct Broken;

/// A data key, given by the keyring for one purpose.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// Takes the 32 bytes the keyring gave.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Seals a value for a place.
    pub fn seal<T: Serialize + ToOwned + ?Sized>(
        &self,
        place: Place<'_>,
        value: &T,
    ) -> Result<Sealed<T::Owned>, Broken> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|_opaque| Broken)?);
        self.seal_bytes(place, &plain).map(Sealed::from_bytes)
    }

    /// Seals bytes, as they stand.
    pub fn seal_bytes(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Broken> {
        let nonce: [u8; NONCE_LEN] = Ids.bytes();
        let mut body = plain.to_vec();
        let aad = Aad::from(place.aad());
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_opaque| Broken)?;
        let mut sealed = Vec::with_capacity(HEAD + body.len() + 16);
        sealed.extend([FORMAT, AES_GCM]);
        sealed.extend(nonce);
        sealed.extend(body);
        sealed.extend(tag.as_ref());
        Ok(sealed)
    }

    /// Opens a value at its place.
    pub fn open<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
        sealed: &Sealed<T>,
    ) -> Result<T, Broken> {
        let plain = self.open_bytes(place, sealed.as_bytes())?;
        serde_json::from_slice(&plain).map_err(|_opaque| Broken)
    }

    /// Opens bytes at their place.
    pub fn open_bytes(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let (head, body) = sealed.split_at_checked(HEAD).ok_or(Broken)?;
        let (format, nonce) = head.split_at_checked(2).ok_or(Broken)?;
        if format != [FORMAT, AES_GCM] {
            return Err(Broken);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_opaque| Broken)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .cipher()?
            .open_in_place(nonce, Aad::from(place.aad()), &mut body)
            .map_err(|_opaque| Broken)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    fn cipher(&self) -> Result<LessSafeKey, Broken> {
        UnboundKey::new(&AES_256_GCM, self.0.as_ref())
            .map(LessSafeKey::new)
            .map_err(|_opaque| Broken)
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

    fn place(id: u128) -> Place<'static> {
        Place::Row { table: "actions", column: "name", id: Uuid::from_u128(id) }
    }

    #[test]
    fn a_value_opens_only_at_its_own_place_and_with_its_own_key() {
        let key = DataKey::new([7; 32]);
        let sealed = key.seal(place(1), "Ada").unwrap();
        assert_eq!(key.open(place(1), &sealed).unwrap(), "Ada");
        assert!(key.open(place(2), &sealed).is_err());
        assert!(DataKey::new([8; 32]).open(place(1), &sealed).is_err());
        assert!(!sealed.as_bytes().windows(3).any(|w| w == b"Ada"));
    }

    #[test]
    fn cut_or_foreign_bytes_are_broken_and_never_a_panic() {
        let key = DataKey::new([7; 32]);
        let sealed = key.seal_bytes(place(1), b"x").unwrap();
        for length in 0..sealed.len() {
            assert!(key.open_bytes(place(1), &sealed[..length]).is_err());
        }
    }
}
