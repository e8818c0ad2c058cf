//! Group commit of the ledger: what several connections write at the same moment goes into one transaction.
//!
//! Two guarantees: `begin` returns only after its commit, so that no text to a representative is sent that the ledger does not
//! know of; and an outcome is written again until that succeeds, however long the database is unavailable. If its lease has
//! ended meanwhile, and the delivery counts as unknown, that ends it.

use std::time::Duration;

use kit::db::DbError;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};
use uuid::Uuid;

use crate::{
    app::App,
    deliveries::{
        domain::{Kind, LEASE_SECONDS, outcome::Settlement},
        ops,
        store::queue,
    },
};

/// Most entries of one transaction.
const GROUP: usize = 64;
/// Wait before a failed transaction is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// A delivery and its holder.
type Claim = (Uuid, Uuid);

enum Entry {
    Begin(Kind, Claim, oneshot::Sender<bool>),
    Renew(Uuid),
    Settle(Settlement),
}

/// What those who send write to.
#[derive(Clone)]
pub(super) struct Ledger(mpsc::Sender<Entry>);

/// Writes to the database.
pub(super) struct Writer(mpsc::Receiver<Entry>);

/// A ledger and its writer, which runs beside the users of the ledger and ends after the last of them.
pub(super) fn open() -> (Ledger, Writer) {
    let (sender, receiver) = mpsc::channel(GROUP);
    (Ledger(sender), Writer(receiver))
}

impl Ledger {
    /// Whether the claim still holds; only then may the text be sent. A message to a representative is committed as `sending`.
    /// What may be sent twice is not: it would be sent again anyway if this process died now.
    pub(super) async fn begin(&self, kind: Kind, claim: Claim) -> bool {
        let (reply, result) = oneshot::channel();
        self.0.send(Entry::Begin(kind, claim, reply)).await.is_ok() && result.await.unwrap_or(false)
    }

    pub(super) async fn renew(&self, holder: Uuid) {
        let _ = self.0.send(Entry::Renew(holder)).await;
    }

    pub(super) async fn settle(&self, settlement: Settlement) {
        let _ = self.0.send(Entry::Settle(settlement)).await;
    }
}

#[derive(Default)]
struct Group {
    representatives: Vec<Claim>,
    repeatable: Vec<Claim>,
    replies: Vec<(Uuid, oneshot::Sender<bool>)>,
    renewals: Vec<Uuid>,
    settlements: Vec<Settlement>,
}

impl Group {
    fn claims(&mut self, kind: Kind) -> &mut Vec<Claim> {
        match kind {
            Kind::Representative => &mut self.representatives,
            Kind::Confirmation | Kind::FailureReport => &mut self.repeatable,
        }
    }
}

impl Writer {
    /// Writes until every [`Ledger`] is dropped.
    pub(super) async fn run(mut self, app: &App) {
        let mut entries = Vec::new();
        while self.0.recv_many(&mut entries, GROUP).await > 0 {
            let mut group = Group::default();
            for entry in entries.drain(..) {
                match entry {
                    Entry::Begin(kind, claim, reply) => {
                        group.claims(kind).push(claim);
                        group.replies.push((claim.0, reply));
                    }
                    Entry::Renew(holder) => group.renewals.push(holder),
                    Entry::Settle(settlement) => group.settlements.push(settlement),
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
                for (id, reply) in group.replies {
                    let _ = reply.send(begun.contains(&id));
                }
                if !group.settlements.is_empty() {
                    app.kit.relay.wake();
                }
                return;
            }
            Err(error) => {
                tracing::warn!(%error, outcomes = group.settlements.len(), "failed to write delivery outcomes");
                // No `begin` succeeds: a commit that failed may have happened, and whoever asked puts the delivery back.
                group.representatives.clear();
                group.repeatable.clear();
                group.replies.clear();
                let may_pass = matches!(error, DbError::Unavailable(_)) || Instant::now() < until;
                if group.settlements.is_empty() || !may_pass {
                    return;
                }
                sleep(RETRY).await;
            }
        }
    }
}

async fn write(app: &App, group: &Group) -> Result<Vec<Uuid>, DbError> {
    app.db
        .system_tx("deliveries.ledger", async |conn| {
            let now = app.kit.clock.now();
            if !group.renewals.is_empty() {
                queue::renew(conn, &group.renewals, now).await?;
            }
            if !group.settlements.is_empty() {
                ops::settle(conn, app.kit.ids, &group.settlements, now).await?;
            }
            let mut begun = queue::begin(conn, &group.representatives, now).await?;
            begun.extend(queue::claimed(conn, &group.repeatable, now).await?);
            Ok(begun)
        })
        .await
}
