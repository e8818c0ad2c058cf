//! Sends requests to the keyring in batches.

use std::{collections::HashMap, time::Duration};

use contracts::keyring::{
    KeyAnswer, KeyRef, MAX_BATCH, OpenRequest, Purpose, ResolveItem, ResolveRequest, Resolved,
};
use tokio::sync::{mpsc, oneshot};

use super::KeyringError;
use crate::{
    client::{CallError, Peer},
    telemetry::spans::{Span, SpanKind},
};

/// Deadline of one batch.
pub(super) const DEADLINE: Duration = Duration::from_secs(3);
/// Batches that are sent at once. More of them would be smaller, and each costs the keyring a transaction.
const IN_FLIGHT: usize = 2;

/// A request, and the trace that it belongs to.
pub(super) struct Traced {
    pub(super) request: Request,
    pub(super) traceparent: Option<String>,
}

/// One request, and where to send its response.
pub(super) enum Request {
    Resolve(Purpose, ResolveItem, oneshot::Sender<Result<Resolved, KeyringError>>),
    Open(Purpose, KeyRef, oneshot::Sender<Result<KeyAnswer, KeyringError>>),
}

/// Collects requests while earlier batches are being sent, so that load makes batches larger rather than more numerous.
pub(super) async fn run(peer: Peer, mut queue: mpsc::Receiver<Traced>) {
    let slots = std::sync::Arc::new(tokio::sync::Semaphore::new(IN_FLIGHT));
    let mut requests = Vec::new();
    while let Ok(slot) = slots.clone().acquire_owned().await {
        if queue.recv_many(&mut requests, MAX_BATCH).await == 0 {
            return;
        }
        let (batch, peer) = (std::mem::take(&mut requests), peer.clone());
        crate::tasks::spawn("keyring.batch", async move {
            let span = span(peer.caller(), &batch);
            span.run(send(&peer, batch)).await;
            drop(slot);
        });
    }
}

/// The span of a batch: of the trace of its requests, or of a trace of its own, with links to theirs.
fn span(service: &'static str, batch: &[Traced]) -> Span {
    let traces = batch.iter().filter_map(|traced| traced.traceparent.as_deref());
    Span::join(service, SpanKind::Internal, traces, format_args!("keyring batch"))
}

async fn send(peer: &Peer, batch: Vec<Traced>) {
    let mut resolves: HashMap<Purpose, (Vec<ResolveItem>, Vec<oneshot::Sender<_>>)> =
        HashMap::new();
    let mut opens: HashMap<Purpose, (Vec<KeyRef>, Vec<oneshot::Sender<_>>)> = HashMap::new();
    for traced in batch {
        match traced.request {
            Request::Resolve(purpose, item, reply) => {
                let (items, replies) = resolves.entry(purpose).or_default();
                items.push(item);
                replies.push(reply);
            }
            Request::Open(purpose, key, reply) => {
                let (keys, replies) = opens.entry(purpose).or_default();
                keys.push(key);
                replies.push(reply);
            }
        }
    }
    for (purpose, (items, replies)) in resolves {
        let request = ResolveRequest { purpose, items };
        respond(replies, peer.post("/internal/v1/subjects/resolve", &request, DEADLINE).await);
    }
    for (purpose, (keys, replies)) in opens {
        let request = OpenRequest { purpose, keys };
        respond(replies, peer.post("/internal/v1/keys/open", &request, DEADLINE).await);
    }
}

fn respond<T>(
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
