//! Questions to the keyring, gathered while others are under way.

use std::{collections::HashMap, time::Duration};

use contracts::keyring::{
    KeyAnswer, KeyRef, MAX_BATCH, OpenRequest, Purpose, ResolveItem, ResolveRequest, Resolved,
};
use tokio::sync::{mpsc, oneshot};

use super::KeyringError;
use crate::client::{CallError, Peer};

/// Deadline of one batch.
pub(super) const DEADLINE: Duration = Duration::from_secs(3);
/// Batches under way at once. More would be smaller, and cost the keyring a transaction each.
const IN_FLIGHT: usize = 2;

/// One question, and where its answer goes.
pub(super) enum Ask {
    Resolve(Purpose, ResolveItem, oneshot::Sender<Result<Resolved, KeyringError>>),
    Open(Purpose, KeyRef, oneshot::Sender<Result<KeyAnswer, KeyringError>>),
}

/// Group commit: while batches are under way new asks gather, so load makes batches larger rather than more.
pub(super) async fn run(peer: Peer, mut queue: mpsc::Receiver<Ask>) {
    let slots = std::sync::Arc::new(tokio::sync::Semaphore::new(IN_FLIGHT));
    let mut asks = Vec::new();
    while let Ok(slot) = slots.clone().acquire_owned().await {
        if queue.recv_many(&mut asks, MAX_BATCH).await == 0 {
            return;
        }
        let (batch, peer) = (std::mem::take(&mut asks), peer.clone());
        crate::tasks::spawn("keyring.batch", async move {
            send(&peer, batch).await;
            drop(slot);
        });
    }
}

async fn send(peer: &Peer, batch: Vec<Ask>) {
    let mut resolves: HashMap<Purpose, (Vec<ResolveItem>, Vec<oneshot::Sender<_>>)> =
        HashMap::new();
    let mut opens: HashMap<Purpose, (Vec<KeyRef>, Vec<oneshot::Sender<_>>)> = HashMap::new();
    for ask in batch {
        match ask {
            Ask::Resolve(purpose, item, reply) => {
                let (items, replies) = resolves.entry(purpose).or_default();
                items.push(item);
                replies.push(reply);
            }
            Ask::Open(purpose, key, reply) => {
                let (keys, replies) = opens.entry(purpose).or_default();
                keys.push(key);
                replies.push(reply);
            }
        }
    }
    for (purpose, (items, replies)) in resolves {
        let request = ResolveRequest { purpose, items };
        answer(replies, peer.post("/internal/v1/subjects/resolve", &request, DEADLINE).await);
    }
    for (purpose, (keys, replies)) in opens {
        let request = OpenRequest { purpose, keys };
        answer(replies, peer.post("/internal/v1/keys/open", &request, DEADLINE).await);
    }
}

fn answer<T>(
    replies: Vec<oneshot::Sender<Result<T, KeyringError>>>,
    outcome: Result<Vec<T>, CallError>,
) {
    match outcome {
        Ok(answers) => {
            for (reply, answer) in replies.into_iter().zip(answers) {
                let _ = reply.send(Ok(answer));
            }
        }
        Err(error) => {
            let error = KeyringError::from(error);
            for reply in replies {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }
}
