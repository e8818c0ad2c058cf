//! Group commit of the ledger: what eight connections want written at the same moment goes into one transaction.
//!
//! Two promises: `begin` answers only after its commit, so that no text is sent that the ledger does not know of; and an
//! outcome is written again until it is, or until its lease has ended and others have drawn the conclusion.

use std::time::Duration;

use kit::db::DbError;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::{
    domain::LEASE_SECONDS,
    ops::{self, Settled},
    queue,
};
use crate::app::App;

/// Most entries of one transaction.
const GROUP: usize = 64;
/// Wait before a failed transaction is tried again.
const RETRY: Duration = Duration::from_millis(200);

enum Entry {
    Begin(Uuid, Uuid, oneshot::Sender<bool>),
    Renew(Uuid),
    Settle(Settled),
}

/// The writing end.
#[derive(Clone)]
pub(crate) struct Ledger(mpsc::Sender<Entry>);

/// The end that writes.
pub(crate) struct Writer(mpsc::Receiver<Entry>);

/// A ledger; the writer runs beside its users and ends after the last of them.
pub(crate) fn open() -> (Ledger, Writer) {
    let (sender, receiver) = mpsc::channel(GROUP);
    (Ledger(sender), Writer(receiver))
}

impl Ledger {
    /// Whether the text may be sent: committed as `sending` under this claim.
    pub(crate) async fn begin(&self, id: Uuid, holder: Uuid) -> bool {
        let (reply, answer) = oneshot::channel();
        self.0.send(Entry::Begin(id, holder, reply)).await.is_ok() && answer.await.unwrap_or(false)
    }

    /// Keeps a claim for longer.
    pub(crate) async fn renew(&self, holder: Uuid) {
        let _ = self.0.send(Entry::Renew(holder)).await;
    }

    /// Has an outcome written down.
    pub(crate) async fn settle(&self, settled: Settled) {
        let _ = self.0.send(Entry::Settle(settled)).await;
    }
}

#[derive(Default)]
struct Group {
    begins: Vec<(Uuid, Uuid)>,
    replies: Vec<oneshot::Sender<bool>>,
    renewals: Vec<Uuid>,
    settled: Vec<Settled>,
}

impl Writer {
    /// Writes until every [`Ledger`] is dropped.
    pub(crate) async fn run(mut self, app: &App) {
        let mut entries = Vec::new();
        while self.0.recv_many(&mut entries, GROUP).await > 0 {
            let mut group = Group::default();
            for entry in entries.drain(..) {
                match entry {
                    Entry::Begin(id, holder, reply) => {
                        group.begins.push((id, holder));
                        group.replies.push(reply);
                    }
                    Entry::Renew(holder) => group.renewals.push(holder),
                    Entry::Settle(settled) => group.settled.push(settled),
                }
            }
            write_until_done(app, group).await;
        }
    }
}

async fn write_until_done(app: &App, mut group: Group) {
    let lease = Duration::from_secs(LEASE_SECONDS.unsigned_abs());
    let until = Instant::now() + lease;
    loop {
        match write(app, &group).await {
            Ok(begun) => {
                for ((id, _), reply) in group.begins.iter().zip(group.replies) {
                    let _ = reply.send(begun.contains(id));
                }
                if !group.settled.is_empty() {
                    app.wake.wake();
                }
                return;
            }
            Err(error) => {
                tracing::warn!(%error, outcomes = group.settled.len(), "failed to write delivery outcomes");
                // Nobody is told yes: a commit that failed may have happened, and the lapsed lease will tell.
                group.begins.clear();
                group.replies.clear();
                if group.settled.is_empty() || Instant::now() > until {
                    return;
                }
                sleep(RETRY).await;
            }
        }
    }
}

async fn write(app: &App, group: &Group) -> Result<Vec<Uuid>, DbError> {
    app.db
        .system_tx("deliveries.ledger", async |conn| -> Result<_, DbError> {
            let now = app.clock.now();
            if !group.renewals.is_empty() {
                queue::renew(conn, &group.renewals, ops::lease_end(now)).await?;
            }
            if !group.settled.is_empty() {
                ops::settle(app, conn, &group.settled).await?;
            }
            if group.begins.is_empty() {
                return Ok(Vec::new());
            }
            queue::begin(conn, &group.begins, now).await
        })
        .await
}
