//! Which deliveries are sent when: claims what is due while connections are free. An email that hangs takes up one connection
//! and delays nothing else, however long the relay needs for it.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use futures_util::{StreamExt as _, future::join, stream};
use kit::db::DbError;
use tokio::{
    sync::{Notify, mpsc},
    time::sleep,
};
use uuid::Uuid;

use super::{
    deliver,
    ledger::{self, Ledger},
};
use crate::{
    app::App,
    deliveries::{domain::Claimed, ops, store::queue},
};

/// Emails sent at once, each over a connection of its own.
const CONNECTIONS: usize = 8;
/// Most deliveries claimed at once.
const BATCH_SIZE: i64 = 50;
/// Claimed deliveries that are ready to be sent, so that no connection waits for the next claim.
const READY: usize = 2 * CONNECTIONS;
/// How often it is looked for what has become due, while emails are being sent.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Claims are renewed this often, a third of their lease.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// What this process holds.
#[derive(Default)]
struct Held {
    /// Deliveries by claim.
    claims: RefCell<BTreeMap<Uuid, usize>>,
    /// Wakes when the last of them is settled.
    is_settled: Notify,
    /// Whether the relay or the keyring has been unavailable since the last claim: what is held goes back untried.
    is_unreachable: Cell<bool>,
}

impl Held {
    fn add(&self, batch: &[Claimed]) {
        let mut claims = self.claims.borrow_mut();
        for delivery in batch {
            *claims.entry(delivery.holder).or_default() += 1;
        }
    }

    fn remove(&self, holder: Uuid) {
        let mut claims = self.claims.borrow_mut();
        if let Some(count) = claims.get_mut(&holder) {
            *count -= 1;
            if *count == 0 {
                claims.remove(&holder);
            }
        }
        if claims.is_empty() {
            self.is_settled.notify_one();
        }
    }

    /// Waits until all is settled, or until it is time to look again.
    async fn settled_or_later(&self) {
        tokio::select! {
            () = self.is_settled.notified() => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }

    fn is_empty(&self) -> bool {
        self.claims.borrow().is_empty()
    }
}

/// Sends what is due, until nothing is due and nothing is being sent. At a stop, or when the relay or the keyring is
/// unavailable, it ends as soon as nothing is being sent.
pub(crate) async fn send_due(app: &App) -> anyhow::Result<()> {
    let (ledger, writer) = ledger::open();
    let sending = async {
        let held = Held::default();
        let (work, ready) = mpsc::channel(READY);
        let both = join(claim_while_due(app, &held, work), send_all(app, &ledger, &held, ready));
        let claimed = tokio::select! {
            (claimed, ()) = both => claimed,
            () = renew(&ledger, &held) => Ok(()),
        };
        // The writer ends after the last user of the ledger.
        drop(ledger);
        claimed
    };
    let (claimed, ()) = join(sending, writer.run(app)).await;
    Ok(claimed?)
}

/// An error ends it only once nothing is being sent, so that no email is dropped in the middle.
async fn claim_while_due(
    app: &App,
    held: &Held,
    work: mpsc::Sender<Claimed>,
) -> Result<(), DbError> {
    while !app.kit.stop.is_cancelled() {
        let claimed = if held.is_unreachable.take() { Ok(Vec::new()) } else { claim(app).await };
        match claimed {
            Ok(batch) if !batch.is_empty() => {
                held.add(&batch);
                for delivery in batch {
                    let _ = work.send(delivery).await;
                }
            }
            nothing if held.is_empty() => return nothing.map(drop),
            nothing => {
                if let Err(error) = nothing {
                    tracing::warn!(%error, "failed to claim deliveries; will retry");
                }
                held.settled_or_later().await;
            }
        }
    }
    Ok(())
}

/// Settles what has lapsed, and claims what is due.
async fn claim(app: &App) -> Result<Vec<Claimed>, DbError> {
    let (holder, now) = (app.kit.ids.next(), app.kit.clock.now());
    let (has_lapsed, batch) = app
        .db
        .system_tx("deliveries.claim", async |conn| -> Result<_, DbError> {
            let has_lapsed = ops::settle_lapsed(conn, app.kit.ids, now).await?;
            Ok((has_lapsed, queue::claim(conn, holder, now, BATCH_SIZE).await?))
        })
        .await?;
    if has_lapsed {
        app.kit.relay.wake();
    }
    Ok(batch)
}

async fn send_all(app: &App, ledger: &Ledger, held: &Held, ready: mpsc::Receiver<Claimed>) {
    let ready = stream::unfold(ready, async |mut ready| Some((ready.recv().await?, ready)));
    ready
        .for_each_concurrent(CONNECTIONS, async |delivery| {
            let holder = delivery.holder;
            deliver(app, ledger, delivery, &held.is_unreachable).await;
            held.remove(holder);
        })
        .await;
}

async fn renew(ledger: &Ledger, held: &Held) {
    loop {
        sleep(RENEW_EVERY).await;
        let holders: Vec<Uuid> = held.claims.borrow().keys().copied().collect();
        for holder in holders {
            ledger.renew(holder).await;
        }
    }
}
