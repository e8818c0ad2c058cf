//! The keyring's client: subjects and keys, asked for in batches, cached for 60 s, never on disk.

use std::{collections::HashMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::{
    Sealed,
    keyring::{
        Compartment, DestroyRequest, Destroyed, KeyAnswer, KeyRef, Purpose, ResolveItem, Resolved,
    },
};
use moka::sync::Cache;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use self::batches::{Ask, DEADLINE};
use crate::{
    client::{CallError, Peer},
    http::problem::Problem,
    keyring::sealed::{Broken, DataKey, Opened, Place},
};

mod batches;
pub mod sealed;

/// How long a key may be used after it was given. The bound of "unreadable within 60 s" (docs/privacy.md).
const TTL: Duration = Duration::from_mins(1);
/// Most keys held in one process.
const MAX_CACHED: u64 = 20_000;
/// Callers that may wait for a batch; beyond this the keyring counts as unavailable.
const QUEUE: usize = 10_000;

/// Why there are no keys.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyringError {
    /// Not reached, or overloaded. Plaintext never reaches a disk, so the caller answers 503 and stores nothing.
    #[error("the keyring is not available: {0}")]
    Unavailable(String),
    /// The allow-list does not let this service do this: a defect.
    #[error("the keyring refused: {0}")]
    Refused(String),
}

impl From<KeyringError> for Problem {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Unavailable(cause) => {
                tracing::warn!(cause, "keyring unavailable");
                Self::unavailable("The keyring")
            }
            KeyringError::Refused(cause) => {
                Self::internal(&anyhow::anyhow!("the keyring refused: {cause}"))
            }
        }
    }
}

impl From<CallError> for KeyringError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Unavailable(cause) => Self::Unavailable(cause),
            CallError::Answered { status, body } if status >= 500 => {
                Self::Unavailable(format!("{status} {body}"))
            }
            CallError::Answered { status, body } => Self::Refused(format!("{status} {body}")),
        }
    }
}

/// One person's keys for one purpose, by compartment.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<Compartment, KeyState>);

/// What the keyring says of one key.
#[derive(Debug, Clone)]
pub enum KeyState {
    /// Here it is.
    Active(DataKey),
    /// Destroyed; what it sealed is erased.
    Destroyed,
    /// Alive, but not for this purpose.
    Refused,
    /// Never existed.
    Missing,
}

/// A key was needed for sealing and is not to be had: the person is erased or restricted.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("there is no key for {0:?}: erased, restricted or never made")]
pub struct NoKey(pub Compartment);

impl Keys {
    /// Keys given directly, for tests.
    pub fn from_states(states: impl IntoIterator<Item = (Compartment, KeyState)>) -> Self {
        Self(states.into_iter().collect())
    }

    /// The key that seals new values.
    pub fn sealing(&self, compartment: Compartment) -> Result<&DataKey, NoKey> {
        match self.0.get(&compartment) {
            Some(KeyState::Active(key)) => Ok(key),
            _ => Err(NoKey(compartment)),
        }
    }

    /// The state of a key.
    pub fn state(&self, compartment: Compartment) -> &KeyState {
        self.0.get(&compartment).unwrap_or(&KeyState::Missing)
    }

    /// Opens a value. Without a key the value is erased to this caller.
    pub fn open<T: DeserializeOwned>(
        &self,
        compartment: Compartment,
        place: Place<'_>,
        sealed: &Sealed<T>,
    ) -> Result<Opened<T>, Broken> {
        match self.0.get(&compartment) {
            Some(KeyState::Active(key)) => key.open(place, sealed).map(Opened::Value),
            _ => Ok(Opened::Erased),
        }
    }
}

/// A person as the keyring knows them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The subject.
    pub subject_id: Uuid,
    /// The keys asked for.
    pub keys: Keys,
    /// Keyed tag of the address, the same across tenants for one UTC day only.
    pub address_tag: String,
}

/// The client. Clones share the cache and the batches.
#[derive(Clone)]
pub struct Keyring {
    asks: mpsc::Sender<Ask>,
    cache: Cache<(KeyRef, Purpose), DataKey>,
    peer: Peer,
}

impl Keyring {
    /// Starts the batching task on the current runtime.
    pub fn new(peer: Peer) -> Self {
        let (asks, queue) = mpsc::channel(QUEUE);
        crate::tasks::spawn("keyring.batches", batches::run(peer.clone(), queue));
        let cache = Cache::builder().max_capacity(MAX_CACHED).time_to_live(TTL).build();
        Self { asks, cache, peer }
    }

    /// The subject behind an e-mail address, with keys; both are made when missing. `None`: not an address.
    pub async fn resolve(
        &self,
        purpose: Purpose,
        tenant_id: Uuid,
        email: &str,
        compartments: &[Compartment],
    ) -> Result<Option<Person>, KeyringError> {
        let resolved = self.ask_resolve(purpose, tenant_id, email, compartments, true).await?;
        let Some(subject_id) = resolved.subject_id else { return Ok(None) };
        let keys = compartments.iter().zip(resolved.keys).map(|(&compartment, answer)| {
            (compartment, self.keep(KeyRef { tenant_id, subject_id, compartment }, purpose, answer))
        });
        let keys = Keys(keys.collect());
        Ok(Some(Person { subject_id, keys, address_tag: resolved.address_tag }))
    }

    /// The subject behind an e-mail address, if the tenant knows them.
    pub async fn find(
        &self,
        purpose: Purpose,
        tenant_id: Uuid,
        email: &str,
    ) -> Result<Option<Uuid>, KeyringError> {
        Ok(self.ask_resolve(purpose, tenant_id, email, &[], false).await?.subject_id)
    }

    /// Keys of one person (all `refs` of the same tenant and subject).
    pub async fn keys(&self, purpose: Purpose, refs: &[KeyRef]) -> Result<Keys, KeyringError> {
        let mut keys = Keys::default();
        for &key in refs {
            let state = match self.cache.get(&(key, purpose)) {
                Some(found) => KeyState::Active(found),
                None => self.keep(key, purpose, self.ask_open(purpose, key).await?),
            };
            keys.0.insert(key.compartment, state);
        }
        Ok(keys)
    }

    /// Destroys all keys of a person. Only `retention` may.
    pub async fn destroy(
        &self,
        tenant_id: Uuid,
        subject_id: Uuid,
    ) -> Result<Destroyed, KeyringError> {
        let request = DestroyRequest { tenant_id, subject_id };
        Ok(self.peer.post("/internal/v1/subjects/destroy", &request, DEADLINE).await?)
    }

    /// Drops a person's keys from this process at once.
    pub fn evict(&self, tenant_id: Uuid, subject_id: Uuid) {
        let belongs = move |key: &(KeyRef, Purpose), _: &DataKey| {
            key.0.tenant_id == tenant_id && key.0.subject_id == subject_id
        };
        for (key, value) in &self.cache {
            if belongs(&key, &value) {
                self.cache.invalidate(&*key);
            }
        }
    }

    fn keep(&self, key: KeyRef, purpose: Purpose, answer: KeyAnswer) -> KeyState {
        match answer {
            KeyAnswer::Active { key: text } => {
                let bytes = B64.decode(text).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
                let Some(bytes) = bytes else { return KeyState::Missing };
                let data_key = DataKey::new(bytes);
                self.cache.insert((key, purpose), data_key.clone());
                KeyState::Active(data_key)
            }
            KeyAnswer::Destroyed => KeyState::Destroyed,
            KeyAnswer::Refused => KeyState::Refused,
            KeyAnswer::Missing => KeyState::Missing,
        }
    }

    async fn ask_resolve(
        &self,
        purpose: Purpose,
        tenant_id: Uuid,
        email: &str,
        compartments: &[Compartment],
        mint: bool,
    ) -> Result<Resolved, KeyringError> {
        let (reply, answer) = oneshot::channel();
        let item = ResolveItem {
            tenant_id,
            email: email.to_owned(),
            compartments: compartments.to_vec(),
            mint,
        };
        self.enqueue(Ask::Resolve(purpose, item, reply))?;
        answer.await.map_err(gone)?
    }

    async fn ask_open(&self, purpose: Purpose, key: KeyRef) -> Result<KeyAnswer, KeyringError> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Ask::Open(purpose, key, reply))?;
        answer.await.map_err(gone)?
    }

    fn enqueue(&self, ask: Ask) -> Result<(), KeyringError> {
        self.asks.try_send(ask).map_err(|full| KeyringError::Unavailable(full.to_string()))
    }
}

fn gone(error: oneshot::error::RecvError) -> KeyringError {
    KeyringError::Unavailable(error.to_string())
}
