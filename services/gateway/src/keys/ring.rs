//! The keys in memory: what signs now, what is published, and what verifies our own access tokens.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use actix_web::web::Bytes;
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use jsonwebtoken::{DecodingKey, EncodingKey, jwk::Jwk};
use kit::{clock::Clock, keyring::sealed::DataKey};
use serde::Serialize;

use super::{domain::Life, ops, store::StoredKey};

/// The published key set.
#[derive(Serialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

struct Key {
    life: Life,
    kid: String,
    signs: EncodingKey,
}

struct Set {
    keys: Vec<Key>,
    verifies: HashMap<String, DecodingKey>,
    jwks: Bytes,
}

/// The keys as one replica knows them; reloaded by a job well within the time a key is published before its use.
#[derive(Clone)]
pub(crate) struct Ring {
    set: Arc<RwLock<Arc<Set>>>,
    clock: Clock,
}

impl Ring {
    pub(crate) fn new(keys: &[StoredKey], wrap: &DataKey, clock: Clock) -> anyhow::Result<Self> {
        Ok(Self { set: Arc::new(RwLock::new(Arc::new(read(keys, wrap)?))), clock })
    }

    /// Takes over what the schema holds now.
    pub(crate) fn reload(&self, keys: &[StoredKey], wrap: &DataKey) -> anyhow::Result<()> {
        let set = Arc::new(read(keys, wrap)?);
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = set;
        Ok(())
    }

    /// Signs claims with the key of the moment.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        let set = self.set();
        let key = signing(&set, self.clock.now()).context("no key signs now")?;
        kit::auth::claims::sign(claims, &key.kid, &key.signs)
    }

    /// The key that verifies a token of ours.
    pub(crate) fn verifying(&self, kid: &str) -> Option<DecodingKey> {
        self.set().verifies.get(kid).cloned()
    }

    /// The published set, as JSON.
    pub(crate) fn jwks(&self) -> Bytes {
        self.set().jwks.clone()
    }

    fn set(&self) -> Arc<Set> {
        self.set.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn signing(set: &Set, now: DateTime<Utc>) -> Option<&Key> {
    let active = set.keys.iter().filter(|key| key.life.active_from <= now);
    // Right after the first start on a clock that lags, the oldest key is better than none.
    active.max_by_key(|key| key.life.active_from).or_else(|| set.keys.first())
}

fn read(stored: &[StoredKey], wrap: &DataKey) -> anyhow::Result<Set> {
    let (mut keys, mut verifies, mut published) = (Vec::new(), HashMap::new(), Vec::new());
    for row in stored {
        let pkcs8 = wrap
            .open_bytes(ops::place(row.id), &row.wrapped_key)
            .context("a signing key does not open: was FOLKMOOT_GATEWAY_WRAP_KEY changed?")?;
        let jwk: Jwk = serde_json::from_str(&row.public_jwk).context("public key")?;
        let kid = row.id.to_string();
        verifies.insert(kid.clone(), DecodingKey::from_jwk(&jwk)?);
        published.push(jwk);
        let life = Life { id: row.id, active_from: row.active_from };
        keys.push(Key { life, kid, signs: EncodingKey::from_ed_der(&pkcs8) });
    }
    let jwks = Bytes::from(serde_json::to_vec(&Jwks { keys: published })?);
    keys.sort_by_key(|key| key.life.active_from);
    Ok(Set { keys, verifies, jwks })
}
