//! The keys in memory: the one that signs now, those that are published, and those that verify our own access tokens.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use jsonwebtoken::{DecodingKey, EncodingKey, jwk::Jwk};
use kit::{auth::claims, clock::Clock, keyring::service_key::ServiceKey, telemetry};
use serde::Serialize;

use super::{
    domain::Life,
    store::{self, StoredKey},
};

/// The published key set.
#[derive(Serialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

struct Key {
    life: Life,
    kid: String,
    encoding: EncodingKey,
}

#[derive(Default)]
struct KeySet {
    keys: Vec<Key>,
    decoding: HashMap<String, DecodingKey>,
    jwks: String,
}

/// The keys as one replica knows them; a job reloads them well within the time for which a key is published before its use.
#[derive(Clone)]
pub(crate) struct SigningKeys {
    set: Arc<RwLock<Arc<KeySet>>>,
    clock: Clock,
}

impl SigningKeys {
    /// No keys until they are loaded.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { set: Arc::default(), clock }
    }

    pub(super) fn load(&self, keys: &[StoredKey], wrap_key: &ServiceKey) -> anyhow::Result<()> {
        let set = Arc::new(KeySet::open(keys, wrap_key)?);
        if let Some(key) = set.current(self.clock.now()) {
            metrics::gauge!("folkmoot_gateway_signing_key_active_timestamp_seconds")
                .set(telemetry::number(key.life.active_from.timestamp()));
        }
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = set;
        Ok(())
    }

    /// Signs claims with the current key.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> anyhow::Result<String> {
        let set = self.set();
        let key = set.current(self.clock.now()).context("no key signs now")?;
        claims::sign(claims, &key.kid, &key.encoding)
    }

    /// The key that verifies our own tokens.
    pub(crate) fn decoding_key(&self, kid: &str) -> Option<DecodingKey> {
        self.set().decoding.get(kid).cloned()
    }

    /// The published key set, as JSON.
    pub(super) fn jwks(&self) -> String {
        self.set().jwks.clone()
    }

    fn set(&self) -> Arc<KeySet> {
        self.set.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl KeySet {
    fn open(stored: &[StoredKey], wrap_key: &ServiceKey) -> anyhow::Result<Self> {
        let (mut keys, mut decoding, mut published) = (Vec::new(), HashMap::new(), Vec::new());
        for row in stored {
            let pkcs8 = wrap_key
                .open_bytes(store::place(row.id), &row.wrapped_key)
                .context("failed to open a signing key: was FOLKMOOT_GATEWAY_WRAP_KEY changed?")?;
            let jwk: Jwk = serde_json::from_str(&row.public_jwk).context("public key")?;
            let kid = row.id.to_string();
            decoding.insert(kid.clone(), DecodingKey::from_jwk(&jwk)?);
            published.push(jwk);
            keys.push(Key { life: row.life(), kid, encoding: EncodingKey::from_ed_der(&pkcs8) });
        }
        let jwks = serde_json::to_string(&Jwks { keys: published })?;
        keys.sort_by_key(|key| key.life.active_from);
        Ok(Self { keys, decoding, jwks })
    }

    fn current(&self, now: DateTime<Utc>) -> Option<&Key> {
        let active = self.keys.iter().filter(|key| key.life.active_from <= now);
        // Right after the first start on a clock that lags, the oldest key is better than none.
        active.max_by_key(|key| key.life.active_from).or_else(|| self.keys.first())
    }
}
