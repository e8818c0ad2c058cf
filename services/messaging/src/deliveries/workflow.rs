//! Sending one delivery, and having its outcome written.
//!
//! The order keeps an email to a representative from being sent twice: claimed, envelope and DATA accepted, `sending`
//! committed, text sent, outcome committed. A process that dies leaves a state that shows the next one what it may do. A
//! confirmation, which may be sent twice, stays `claimed` until its outcome.

pub(crate) mod dispatch;
mod ledger;
mod report;

use std::cell::Cell;

use anyhow::anyhow;
use contracts::keyring::{Compartment, KeyRef, Purpose};
use kit::{
    keyring::{KeyState, Keys},
    telemetry::spans::{Span, SpanKind},
};

use self::ledger::Ledger;
use super::{
    domain::{
        Claimed, Identity, Kind,
        outcome::{self, Attempt},
    },
    seal,
};
use crate::{
    app::App,
    mail::{
        address::is_reserved,
        compose::{Email, Message, Metadata, compose},
        failure::Failure,
    },
};

const UNREACHABLE: Attempt = Attempt::Failed(Failure::Unreachable);

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
    // Once the relay or the keyring is unavailable, what else was claimed goes back untried.
    let attempt = if app.kit.stop.is_cancelled() {
        Attempt::NotTried
    } else if is_unreachable.get() {
        UNREACHABLE
    } else {
        attempt(app, ledger, &delivery).await.unwrap_or_else(|attempt| attempt)
    };
    match attempt {
        attempt if attempt.is_outage() => is_unreachable.set(true),
        Attempt::Impossible(code) => {
            tracing::warn!(delivery = %delivery.identity.id, code, "an email cannot be sent");
        }
        _ => {}
    }
    let mut settlement = outcome::settle(&delivery, attempt, app.kit.clock.now());
    if settlement.is_too_late && delivery.identity.kind == Kind::Representative {
        settlement = report::add(app, &delivery, settlement).await;
    }
    ledger.settle(settlement).await;
}

async fn attempt(app: &App, ledger: &Ledger, delivery: &Claimed) -> Result<Attempt, Attempt> {
    let (_, message) = open(app, delivery).await?;
    let (email, signed) = sign(app, delivery, compose_email(app, delivery, &message)?).await?;
    let span = app.relay.span(app.kit.service);
    let sent = span.run(hand_over(app, ledger, delivery, &email, &signed)).await;
    match &sent {
        Ok(Attempt::Accepted(code)) => span.set("smtp.response.status_code", i64::from(*code)),
        Ok(_) => {}
        Err(failure) => span.fail(Attempt::Failed(*failure).code()),
    }
    sent.map_err(Attempt::Failed)
}

/// Not tried, unless the ledger knows for certain that the delivery is about to be sent by its holder. If the ledger's commit
/// failed, it may have happened; if another process holds the delivery now, what this one writes has no effect.
async fn hand_over(
    app: &App,
    ledger: &Ledger,
    delivery: &Claimed,
    email: &Email,
    signed: &[u8],
) -> Result<Attempt, Failure> {
    let ready = app.relay.begin(&email.from, &email.to).await?;
    let Identity { id, kind, .. } = delivery.identity;
    if !ledger.begin(kind, (id, delivery.holder)).await {
        return Ok(Attempt::NotTried);
    }
    app.relay.finish(ready, signed).await.map(Attempt::Accepted)
}

/// The message, with the keys that opened it.
async fn open(app: &App, delivery: &Claimed) -> Result<(Keys, Message), Attempt> {
    let Identity { id, tenant_id, subject_id, kind, .. } = delivery.identity;
    let key = KeyRef { tenant_id, subject_id, compartment: Compartment::Message };
    let purpose = match kind {
        Kind::Confirmation => Purpose::Confirm,
        Kind::Representative | Kind::FailureReport => Purpose::Deliver,
    };
    let keys = app.keyring.keys(purpose, &[key]).await.map_err(|error| {
        tracing::warn!(%error, "keyring unavailable; delivery postponed");
        Attempt::NoKeyring
    })?;
    if let KeyState::Refused = keys.state(Compartment::Message) {
        return Err(Attempt::KeyRefused);
    }
    let sealed = delivery.message.clone().ok_or(Attempt::NoKey)?;
    let message = seal::open(&keys, id, sealed).map_err(|error| {
        tracing::error!(delivery = %id, %error, "failed to decrypt an email");
        Attempt::Impossible("broken")
    })?;
    message.map(|message| (keys, message)).ok_or(Attempt::NoKey)
}

fn compose_email(app: &App, delivery: &Claimed, message: &Message) -> Result<Email, Attempt> {
    let Identity { tenant_id, campaign_id, kind, .. } = delivery.identity;
    let metadata = Metadata {
        is_automatic: kind != Kind::Representative,
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
