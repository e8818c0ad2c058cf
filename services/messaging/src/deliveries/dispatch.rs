//! Sending: claims mails, sends them over a few connections at once, has the outcomes written down.
//!
//! The order is what keeps a representative's mail from being sent twice: claimed, envelope accepted, `sending`
//! committed, text sent, outcome committed. Whoever dies leaves behind a state from which the next one can tell.

use std::{cell::Cell, time::Duration};

use contracts::keyring::{Compartment, KeyRef};
use futures_util::{StreamExt as _, stream};
use kit::db::DbError;
use uuid::Uuid;

use super::{
    domain::{self, Claimed, Kind},
    ledger::{self, Ledger},
    letter,
    ops::{self, Settled},
    outcome::{self, Attempt},
};
use crate::{
    app::App,
    config::is_reserved,
    mail::{
        compose::{Author, Composed, Letter, Sheet, compose, domain_of},
        smtp::Failure,
    },
};

/// Lanes, each with claims of its own, so that a slow mail holds up one lane only.
const LANES: usize = 2;
/// Mails under way at once in a lane; with two lanes, eight connections.
const PER_LANE: usize = 4;
/// Batches of a lane in one run of the job: a run is short, so that a stop is quick.
const BATCHES: usize = 4;
/// Claims are renewed this often, a third of their lease.
const RENEW: Duration = Duration::from_secs(5);

/// Settles what died and sends what is due; returns whether there is more to send.
pub(crate) async fn run(app: &App) -> anyhow::Result<bool> {
    app.db.system_tx("deliveries.lapsed", async |conn| ops::settle_lapsed(app, conn).await).await?;
    app.wake.wake();
    let (ledger, writer) = ledger::open();
    let away = Cell::new(false);
    let lanes = async {
        let lanes = (0..LANES).map(|_| lane(app, ledger.clone(), &away));
        // A lane that fails must not cut the other off: what it is sending would become unknown.
        let ended = futures_util::future::join_all(lanes).await;
        drop(ledger);
        ended.into_iter().collect::<Result<Vec<bool>, DbError>>()
    };
    let (more, ()) = futures_util::future::join(lanes, writer.run(app)).await;
    Ok(more?.contains(&true) && !away.get())
}

/// Whether there may be more to do.
async fn lane(app: &App, ledger: Ledger, away: &Cell<bool>) -> Result<bool, DbError> {
    for _ in 0..BATCHES {
        let holder = app.ids.next();
        let batch = app
            .db
            .system_tx("deliveries.claim", async |conn| ops::claim(app, conn, holder).await)
            .await?;
        if batch.is_empty() {
            return Ok(false);
        }
        let sending = stream::iter(batch)
            .for_each_concurrent(PER_LANE, |mail| deliver(app, &ledger, mail, away));
        tokio::select! {
            () = sending => {}
            () = keep(&ledger, holder) => {}
        }
        if away.get() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn keep(ledger: &Ledger, holder: Uuid) {
    loop {
        tokio::time::sleep(RENEW).await;
        ledger.renew(holder).await;
    }
}

async fn deliver(app: &App, ledger: &Ledger, mail: Claimed, away: &Cell<bool>) {
    // Once the relay or the keyring is away, the rest of the batch goes back untried.
    let attempt = if away.get() { Some(Attempt::Away) } else { attempt(app, ledger, &mail).await };
    let Some(attempt) = attempt else { return };
    if attempt == Attempt::Away {
        away.set(true);
    }
    let settlement = outcome::settle(&mail, &attempt, app.clock.now());
    ledger.settle(Settled { identity: mail.identity, holder: mail.holder, settlement }).await;
}

/// `None`: the mail is no longer ours to settle.
async fn attempt(app: &App, ledger: &Ledger, mail: &Claimed) -> Option<Attempt> {
    let letter = match open(app, mail).await {
        Ok(letter) => letter,
        Err(attempt) => return Some(attempt),
    };
    let (composed, signed) = match prepare(app, mail, &letter).await {
        Ok(prepared) => prepared,
        Err(attempt) => return Some(attempt),
    };
    let relay = &app.mailer.relay;
    let ready = match relay.begin(&composed.from, &composed.to).await {
        Ok(ready) => ready,
        Err(failure) => return Some(failed(failure)),
    };
    if !ledger.begin(mail.identity.id, mail.holder).await {
        relay.abandon(ready).await;
        return None;
    }
    Some(match relay.finish(ready, &signed).await {
        Ok(code) => Attempt::Accepted(code),
        Err(failure) => failed(failure),
    })
}

async fn open(app: &App, mail: &Claimed) -> Result<Letter, Attempt> {
    let domain::Identity { id, tenant_id, subject_id, kind, .. } = mail.identity;
    let key = KeyRef { tenant_id, subject_id, compartment: Compartment::Message };
    let keys = app.keyring.keys(letter::purpose(kind), &[key]).await.map_err(|error| {
        tracing::warn!(%error, "keyring unavailable; delivery postponed");
        Attempt::Away
    })?;
    let Some(sealed) = mail.letter.clone() else { return Err(Attempt::Gone) };
    match letter::open(&keys, id, sealed) {
        Ok(letter) => letter.ok_or(Attempt::Gone),
        Err(error) => {
            tracing::error!(delivery = %id, %error, "failed to decrypt an email");
            Err(Attempt::Impossible("broken"))
        }
    }
}

/// Composes and signs; signing takes most of a millisecond and goes to a thread of its own.
async fn prepare(
    app: &App,
    mail: &Claimed,
    letter: &Letter,
) -> Result<(Composed, Vec<u8>), Attempt> {
    let mailer = &app.mailer;
    let sheet = Sheet {
        author: match mail.identity.kind {
            Kind::Confirmation => Author::Machine,
            Kind::Representative => Author::Person,
        },
        domain: &mailer.domain,
        bounce_domain: &mailer.bounce_domain,
        token: &mail.token,
        header_id: &mail.header_id,
        campaign_id: mail.identity.campaign_id,
        tenant_id: mail.identity.tenant_id,
        kind: mail.identity.kind.as_str(),
        date: app.clock.now(),
    };
    let composed =
        compose(&sheet, letter).map_err(|_malformed| Attempt::Impossible("bad_address"))?;
    if mailer.real && is_reserved(&domain_of(&composed.to)) {
        return Err(Attempt::Impossible("reserved_domain"));
    }
    let key = mailer.signer.clone();
    let signing = tokio::task::spawn_blocking(move || {
        let signed = key.sign(&composed.bytes)?;
        anyhow::Ok((composed, signed))
    });
    match signing.await {
        Ok(Ok(prepared)) => Ok(prepared),
        Ok(Err(error)) => {
            tracing::error!(delivery = %mail.identity.id, %error, "failed to sign an email");
            Err(Attempt::NotSent)
        }
        Err(_stopped) => Err(Attempt::NotSent),
    }
}

fn failed(failure: Failure) -> Attempt {
    match failure {
        Failure::Unreachable => Attempt::Away,
        Failure::Refused { code, permanent } => Attempt::Refused { code, permanent },
        Failure::NotSent => Attempt::NotSent,
        Failure::Lost => Attempt::Lost,
    }
}
