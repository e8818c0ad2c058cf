//! Sending: claims deliveries, sends them over a few connections at once, and has the outcomes written.
//!
//! The order keeps an email to a representative from being sent twice: claimed, envelope accepted, `sending` committed, text
//! sent, outcome committed. A process that dies leaves a state that shows the next one what it may do. A confirmation, which
//! may be sent twice, stays `claimed` until its outcome.

mod ledger;

use std::{cell::Cell, time::Duration};

use anyhow::anyhow;
use contracts::keyring::{Compartment, KeyRef, Purpose};
use futures_util::{
    StreamExt as _,
    future::{join, join_all},
    stream,
};
use kit::{
    db::DbError,
    telemetry::spans::{Span, SpanKind},
};
use uuid::Uuid;

use self::ledger::Ledger;
use super::{
    domain::{
        Claimed, Identity, Kind,
        outcome::{self, Attempt},
    },
    ops, seal,
    store::queue,
};
use crate::{
    app::App,
    mail::{
        address::is_reserved,
        compose::{Email, Message, Metadata, compose},
        failure::Failure,
    },
};

/// Lanes with claims of their own, so that a slow email delays one lane only.
const LANES: usize = 2;
/// Emails sent at once in a lane; with two lanes, eight connections.
const PER_LANE: usize = 4;
/// Batches of a lane in one run of the job: a run is short, so that the process can stop quickly.
const BATCHES: usize = 4;
/// Most deliveries claimed at once.
const BATCH_SIZE: i64 = 50;
/// Claims are renewed this often, a third of their lease.
const RENEW_EVERY: Duration = Duration::from_secs(5);
const UNREACHABLE: Attempt = Attempt::Failed(Failure::Unreachable);

/// Settles what has lapsed and sends what is due; returns whether there is more to send.
pub(crate) async fn send_due(app: &App) -> anyhow::Result<bool> {
    app.db
        .system_tx("deliveries.lapsed", async |conn| {
            ops::settle_lapsed(conn, app.kit.ids, app.kit.clock.now()).await
        })
        .await?;
    app.kit.relay.wake();
    let (ledger, writer) = ledger::open();
    let is_unreachable = Cell::new(false);
    let lanes = async {
        let lanes = (0..LANES).map(|_| send_lane(app, ledger.clone(), &is_unreachable));
        // A lane that fails must not stop the other: what that is sending would become unknown.
        let results = join_all(lanes).await;
        drop(ledger);
        results.into_iter().collect::<Result<Vec<bool>, DbError>>()
    };
    let (more, ()) = join(lanes, writer.run(app)).await;
    Ok(more?.contains(&true) && !is_unreachable.get())
}

/// Returns whether there may be more to do.
async fn send_lane(
    app: &App,
    ledger: Ledger,
    is_unreachable: &Cell<bool>,
) -> Result<bool, DbError> {
    for _ in 0..BATCHES {
        let holder = app.kit.ids.next();
        let batch = app
            .db
            .system_tx("deliveries.claim", async |conn| {
                queue::claim(conn, holder, app.kit.clock.now(), BATCH_SIZE).await
            })
            .await?;
        if batch.is_empty() {
            return Ok(false);
        }
        let sending = stream::iter(batch).for_each_concurrent(PER_LANE, |delivery| {
            deliver(app, &ledger, delivery, is_unreachable)
        });
        tokio::select! {
            () = sending => {}
            () = keep_claims(&ledger, holder) => {}
        }
        if is_unreachable.get() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn keep_claims(ledger: &Ledger, holder: Uuid) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        ledger.renew(holder).await;
    }
}

/// Delivers in the trace in which the delivery was recorded.
async fn deliver(app: &App, ledger: &Ledger, mut delivery: Claimed, is_unreachable: &Cell<bool>) {
    let (service, traceparent) = (app.kit.service, delivery.traceparent.take());
    let span =
        Span::open(service, SpanKind::Internal, traceparent.as_deref(), format_args!("deliver"));
    span.set("folkmoot.delivery.kind", delivery.identity.kind.as_str());
    delivery.traceparent = span.traceparent().or(traceparent);
    span.run(deliver_in_span(app, ledger, delivery, is_unreachable)).await;
}

async fn deliver_in_span(
    app: &App,
    ledger: &Ledger,
    delivery: Claimed,
    is_unreachable: &Cell<bool>,
) {
    // Once the relay or the keyring is unavailable, the rest of the batch goes back untried.
    let attempt = if is_unreachable.get() {
        Some(UNREACHABLE)
    } else {
        attempt(app, ledger, &delivery).await.unwrap_or_else(Some)
    };
    let Some(attempt) = attempt else { return };
    match attempt {
        UNREACHABLE => is_unreachable.set(true),
        Attempt::Impossible(code) => {
            tracing::warn!(delivery = %delivery.identity.id, code, "an email cannot be sent");
        }
        _ => {}
    }
    ledger.settle(outcome::settle(&delivery, attempt, app.kit.clock.now())).await;
}

/// `Ok(None)`: another process holds the delivery now, so its outcome is not ours to write.
async fn attempt(
    app: &App,
    ledger: &Ledger,
    delivery: &Claimed,
) -> Result<Option<Attempt>, Attempt> {
    let message = open(app, delivery).await?;
    let (email, signed) = sign(app, delivery, compose_email(app, delivery, &message)?).await?;
    let span = app.relay.span(app.kit.service);
    let sent = span.run(hand_over(app, ledger, delivery, &email, &signed)).await;
    match &sent {
        Ok(Some(code)) => span.set("smtp.response.status_code", i64::from(*code)),
        Ok(None) => {}
        Err(failure) => span.fail(Attempt::Failed(*failure).code()),
    }
    Ok(sent.map_err(Attempt::Failed)?.map(Attempt::Accepted))
}

/// The reply code of the server that accepted responsibility; `None` if another process holds the delivery now.
async fn hand_over(
    app: &App,
    ledger: &Ledger,
    delivery: &Claimed,
    email: &Email,
    signed: &[u8],
) -> Result<Option<u16>, Failure> {
    let ready = app.relay.begin(&email.from, &email.to).await?;
    let Identity { id, kind, .. } = delivery.identity;
    if !ledger.begin(kind, (id, delivery.holder)).await {
        app.relay.abandon(ready).await;
        return Ok(None);
    }
    app.relay.finish(ready, signed).await.map(Some)
}

async fn open(app: &App, delivery: &Claimed) -> Result<Message, Attempt> {
    let Identity { id, tenant_id, subject_id, kind, .. } = delivery.identity;
    let key = KeyRef { tenant_id, subject_id, compartment: Compartment::Message };
    let purpose = match kind {
        Kind::Confirmation => Purpose::Confirm,
        Kind::Representative => Purpose::Deliver,
    };
    let keys = app.keyring.keys(purpose, &[key]).await.map_err(|error| {
        tracing::warn!(%error, "keyring unavailable; delivery postponed");
        UNREACHABLE
    })?;
    let sealed = delivery.message.clone().ok_or(Attempt::NoKey)?;
    let message = seal::open(&keys, id, sealed).map_err(|error| {
        tracing::error!(delivery = %id, %error, "failed to decrypt an email");
        Attempt::Impossible("broken")
    })?;
    message.ok_or(Attempt::NoKey)
}

fn compose_email(app: &App, delivery: &Claimed, message: &Message) -> Result<Email, Attempt> {
    let Identity { tenant_id, campaign_id, kind, .. } = delivery.identity;
    let metadata = Metadata {
        is_automatic: kind == Kind::Confirmation,
        domain: &app.config.domain,
        bounce_domain: &app.config.bounce_domain,
        token: &delivery.token,
        header_id: &delivery.header_id,
        campaign_id,
        tenant_id,
        kind: kind.as_str(),
        date: app.kit.clock.now(),
    };
    let email =
        compose(&metadata, message).map_err(|_malformed| Attempt::Impossible("bad_address"))?;
    if app.config.is_real && is_reserved(email.to.domain()) {
        return Err(Attempt::Impossible("reserved_domain"));
    }
    Ok(email)
}

/// Signing takes most of a millisecond and goes to a thread of its own. The text of a panic there is not logged: it may quote the
/// email.
async fn sign(app: &App, delivery: &Claimed, email: Email) -> Result<(Email, Vec<u8>), Attempt> {
    let signer = app.signer.clone();
    let signing = tokio::task::spawn_blocking(move || {
        let bytes = signer.sign(&email.bytes)?;
        anyhow::Ok((email, bytes))
    });
    let result = signing.await.unwrap_or_else(|_panic| Err(anyhow!("the task did not finish")));
    result.map_err(|error| {
        tracing::error!(delivery = %delivery.identity.id, %error, "failed to sign an email");
        Attempt::Failed(Failure::NotSent)
    })
}
