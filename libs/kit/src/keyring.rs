//! The client of the keyring: fetches subjects and keys in batches, and caches keys for 60 s, in memory only.

use std::{collections::HashMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::{
    Sealed,
    keyring::{
        Compartment, DestroyRequest, Destroyed, KeyAnswer, KeyRef, LeaveRequest, Left, Purpose,
        ResolveItem, Resolved, SubjectRef,
    },
};
use moka::sync::Cache;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use self::batches::{DEADLINE, Request, Traced};
use crate::{
    client::{CallError, Peer},
    http::problem::Problem,
    keyring::sealed::{DataKey, OpenError, Opened, SealContext},
    telemetry::propagation::current_traceparent,
};

mod batches;
pub mod sealed;
pub mod service_key;

/// How long a key may be used after it was fetched: the bound of "unreadable within 60 s" (docs/privacy.md).
const TTL: Duration = Duration::from_mins(1);
/// Most keys in the cache of a process.
const MAX_CACHED: u64 = 20_000;
/// Most requests that may wait for a batch; beyond this the keyring counts as unavailable.
const QUEUE: usize = 10_000;

/// Why there are no keys.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KeyringError {
    /// It was not reached, is overloaded, or does not accept our credentials now, because of a clock that is wrong or a key
    /// that is being replaced. The caller responds 503 and stores nothing, since it must not store plaintext.
    #[error("the keyring is not available: {0}")]
    Unavailable(String),
    /// The keyring's allow-list does not permit this service to do this: a bug.
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
            CallError::Answered { status, body } if status >= 500 || status == 401 => {
                Self::Unavailable(format!("{status} {body}"))
            }
            CallError::Answered { status, body } => Self::Refused(format!("{status} {body}")),
        }
    }
}

/// A person's keys for one purpose, by compartment.
#[derive(Debug, Clone, Default)]
pub struct Keys(HashMap<Compartment, KeyState>);

/// The state of a key.
#[derive(Debug, Clone)]
pub enum KeyState {
    /// It can be used.
    Active(DataKey),
    /// It was destroyed; what it sealed is erased.
    Destroyed,
    /// It is active, but not available for this purpose.
    Refused,
    /// It never existed.
    Missing,
}

/// There is no key to seal a value with: the person was erased or is restricted.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("there is no key for {0:?}: erased, restricted or never made")]
pub struct NoKey(pub Compartment);

impl Keys {
    /// The given keys. For tests.
    pub fn from_states(states: impl IntoIterator<Item = (Compartment, KeyState)>) -> Self {
        Self(states.into_iter().collect())
    }

    /// The key to seal new values with.
    pub fn sealing_key(&self, compartment: Compartment) -> Result<&DataKey, NoKey> {
        match self.0.get(&compartment) {
            Some(KeyState::Active(key)) => Ok(key),
            _ => Err(NoKey(compartment)),
        }
    }

    pub fn state(&self, compartment: Compartment) -> &KeyState {
        self.0.get(&compartment).unwrap_or(&KeyState::Missing)
    }

    /// Opens a value. Without an active key the result is [`Opened::Erased`].
    pub fn open<T: DeserializeOwned>(
        &self,
        compartment: Compartment,
        place: SealContext<'_>,
        sealed: &Sealed<T>,
    ) -> Result<Opened<T>, OpenError> {
        match self.0.get(&compartment) {
            Some(KeyState::Active(key)) => key.open(place, sealed).map(Opened::Value),
            _ => Ok(Opened::Erased),
        }
    }
}

/// A person in the keyring.
#[derive(Debug, Clone)]
pub struct Person {
    pub subject_id: Uuid,
    /// The requested keys.
    pub keys: Keys,
}

/// The client. Its clones share the cache and the batches.
#[derive(Clone)]
pub struct Keyring {
    requests: mpsc::Sender<Traced>,
    cache: Cache<(KeyRef, Purpose), DataKey>,
    peer: Peer,
}

impl Keyring {
    /// Starts the task that sends batches, on the current runtime.
    pub fn new(peer: Peer) -> Self {
        let (requests, queue) = mpsc::channel(QUEUE);
        crate::tasks::spawn("keyring.batches", batches::run(peer.clone(), queue));
        let cache = Cache::builder().max_capacity(MAX_CACHED).time_to_live(TTL).build();
        Self { requests, cache, peer }
    }

    /// The subject of an email address and their keys, both of which are created if missing. `None` if the text is not an
    /// address.
    pub async fn resolve(
        &self,
        purpose: Purpose,
        tenant_id: Uuid,
        email: &str,
        compartments: &[Compartment],
    ) -> Result<Option<Person>, KeyringError> {
        let resolved = self.send_resolve(purpose, tenant_id, email, compartments, true).await?;
        let Some(subject_id) = resolved.subject_id else { return Ok(None) };
        let keys = compartments.iter().zip(resolved.keys).map(|(&compartment, answer)| {
            (
                compartment,
                self.cache_key(KeyRef { tenant_id, subject_id, compartment }, purpose, answer),
            )
        });
        let keys = Keys(keys.collect());
        Ok(Some(Person { subject_id, keys }))
    }

    /// The subject of an email address, if the tenant has one.
    pub async fn find(
        &self,
        purpose: Purpose,
        tenant_id: Uuid,
        email: &str,
    ) -> Result<Option<Uuid>, KeyringError> {
        Ok(self.send_resolve(purpose, tenant_id, email, &[], false).await?.subject_id)
    }

    /// The keys of one person: all `refs` have the same tenant and subject.
    pub async fn keys(&self, purpose: Purpose, refs: &[KeyRef]) -> Result<Keys, KeyringError> {
        let mut keys = Keys::default();
        for &key in refs {
            let state = match self.cache.get(&(key, purpose)) {
                Some(data_key) => KeyState::Active(data_key),
                None => self.cache_key(key, purpose, self.send_open(purpose, key).await?),
            };
            keys.0.insert(key.compartment, state);
        }
        Ok(keys)
    }

    /// The keys to store what an event has: those of its purpose, or to record, where the purpose is refused for now. Who is
    /// restricted keeps what they sent; it is opened for its purpose when it is used.
    pub(crate) async fn storing_keys(
        &self,
        purpose: Purpose,
        refs: &[KeyRef],
    ) -> Result<Keys, KeyringError> {
        let mut keys = self.keys(purpose, refs).await?;
        let is_refused = |key: &&KeyRef| matches!(keys.state(key.compartment), KeyState::Refused);
        let refused: Vec<KeyRef> = refs.iter().filter(is_refused).copied().collect();
        keys.0.extend(self.keys(Purpose::Record, &refused).await?.0);
        Ok(keys)
    }

    /// Destroys all keys of a person. Only `retention` is permitted to.
    pub async fn destroy(
        &self,
        tenant_id: Uuid,
        subject_id: Uuid,
    ) -> Result<Destroyed, KeyringError> {
        let request = DestroyRequest { tenant_id, subject_id };
        Ok(self.peer.post("/internal/v1/subjects/destroy", &request, DEADLINE).await?)
    }

    /// Reports people about whom this service holds nothing; returns those to be reported again after two minutes.
    pub async fn leave(&self, people: Vec<SubjectRef>) -> Result<Vec<Uuid>, KeyringError> {
        let request = LeaveRequest { people };
        let left: Left = self.peer.post("/internal/v1/subjects/leave", &request, DEADLINE).await?;
        Ok(left.leaving)
    }

    /// Removes a person's keys from the cache of this process.
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

    /// The state of a key as the keyring reports it; an active key is cached.
    fn cache_key(&self, key: KeyRef, purpose: Purpose, answer: KeyAnswer) -> KeyState {
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

    async fn send_resolve(
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
        self.enqueue(Request::Resolve(purpose, item, reply))?;
        answer.await.map_err(batch_dropped)?
    }

    async fn send_open(&self, purpose: Purpose, key: KeyRef) -> Result<KeyAnswer, KeyringError> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Request::Open(purpose, key, reply))?;
        answer.await.map_err(batch_dropped)?
    }

    fn enqueue(&self, request: Request) -> Result<(), KeyringError> {
        let traced = Traced { request, traceparent: current_traceparent() };
        self.requests.try_send(traced).map_err(|full| KeyringError::Unavailable(full.to_string()))
    }
}

fn batch_dropped(error: oneshot::error::RecvError) -> KeyringError {
    KeyringError::Unavailable(error.to_string())
}
