//! The steps of an erasure that wait for the keyring, each followed by its transaction. Request and jobs share them, so that
//! an erasure continues from wherever it stopped.

use contracts::keyring::{
    Compartment::{self, Action, Message, Network, Staff, Webhook},
    KeyRef, Purpose,
};
use kit::{
    db::DbError,
    http::extract::Caller,
    keyring::{KeyState, KeyringError},
};
use uuid::Uuid;

use super::{
    domain::{Erase, Erasure, GRACE, LATE, SKEW, State},
    ops,
    store::unfinished,
};
use crate::{app::App, error::Error};

const COMPARTMENTS: [Compartment; 5] = [Action, Message, Staff, Network, Webhook];

/// Finds the person and makes the line of the ledger.
pub(super) async fn prepare(app: &App, caller: &Caller, erase: &Erase) -> Result<Erasure, Error> {
    let (tenant_id, email) = (caller.tenant_id, erase.email.as_str());
    let subject_id = app.keyring.find(Purpose::SubjectAccess, tenant_id, email).await?;
    let (id, now, actor) = (app.kit.ids.next(), app.kit.clock.now(), caller.actor_id.clone());
    Ok(Erasure::new(id, tenant_id, subject_id, actor, erase.source_hint, now))
}

/// Destroys the keys and announces it. While the keyring is unavailable the erasure stays in the ledger, and the job retries.
pub(super) async fn destroy_or_defer(app: &App, erasure: &Erasure) -> Result<Erasure, Error> {
    match destroy(app, erasure).await {
        Err(Error::Keyring(error)) => {
            tracing::warn!(erasure = %erasure.id, %error, "keys not destroyed yet; will retry");
            Ok(erasure.clone())
        }
        other => other,
    }
}

/// Runs the job that resumes erasures that stopped half-way.
pub(crate) async fn resume_all(app: &App) -> anyhow::Result<()> {
    let now = app.kit.clock.now();
    let (stuck, unacknowledged) = app
        .db
        .system_tx("erasures.unfinished", async |conn| -> Result<_, DbError> {
            let late = unfinished::count(conn, now - LATE).await?;
            metrics::gauge!("folkmoot_erasures_late").set(gauge(late));
            let stuck = unfinished::stuck(conn, now - GRACE).await?;
            Ok((stuck, unfinished::unacknowledged(conn, now).await?))
        })
        .await?;
    for erasure in stuck {
        if !can_continue(&erasure, destroy(app, &erasure).await) {
            return Ok(());
        }
    }
    for erasure in unacknowledged {
        can_continue(&erasure, announce_again(app, &erasure).await);
    }
    Ok(())
}

/// Runs the job that settles erasures.
pub(crate) async fn settle_all(app: &App) -> anyhow::Result<()> {
    let (now, settle_for) = (app.kit.clock.now(), app.config.settle);
    let (unsettled, acknowledged) = app
        .db
        .system_tx("erasures.answered", async |conn| -> Result<_, DbError> {
            let unsettled = unfinished::unsettled(conn, now, settle_for + SKEW).await?;
            Ok((unsettled, unfinished::acknowledged(conn, settle_for).await?))
        })
        .await?;
    for erasure in unsettled {
        can_continue(&erasure, announce_again(app, &erasure).await);
    }
    for erasure in acknowledged {
        if !can_continue(&erasure, settle(app, &erasure).await) {
            return Ok(());
        }
    }
    Ok(())
}

async fn destroy(app: &App, erasure: &Erasure) -> Result<Erasure, Error> {
    let (id, tenant_id) = (erasure.id, erasure.tenant_id);
    let Some(subject_id) = erasure.subject_id else { return Ok(erasure.clone()) };
    let destroyed = app.keyring.destroy(tenant_id, subject_id).await?;
    app.keyring.evict(tenant_id, subject_id);
    let erasure = app
        .db
        .tx("erasures.keys_destroyed", tenant_id, async |conn| {
            let now = app.kit.clock.now();
            ops::keys_destroyed(conn, app.kit.ids, id, destroyed.keys, now).await
        })
        .await?;
    app.kit.relay.wake();
    Ok(erasure)
}

/// Some service has not acknowledged the erasure, or still holds rows.
async fn announce_again(app: &App, erasure: &Erasure) -> Result<(), Error> {
    app.db
        .tx("erasures.announce", erasure.tenant_id, async |conn| {
            ops::announce(conn, app.kit.ids, erasure, app.kit.clock.now()).await
        })
        .await?;
    app.kit.relay.wake();
    Ok(())
}

/// Probes the keyring, then decides the state of the erasure.
async fn settle(app: &App, erasure: &Erasure) -> Result<(), Error> {
    let (id, tenant_id) = (erasure.id, erasure.tenant_id);
    let Some(subject_id) = erasure.subject_id else { return Ok(()) };
    let are_destroyed = keys_are_destroyed(app, tenant_id, subject_id).await?;
    if !are_destroyed {
        tracing::error!(erasure = %id, "key still active after erasure; destroying it again");
        app.keyring.destroy(tenant_id, subject_id).await?;
    }
    let settled = app
        .db
        .tx("erasures.settle", tenant_id, async |conn| {
            let (settle_for, now) = (app.config.settle, app.kit.clock.now());
            ops::settle(conn, &app.signer, id, settle_for, are_destroyed, now).await
        })
        .await?;
    if settled.state != State::Complete {
        let state = settled.state.as_str();
        tracing::warn!(erasure = %id, state, "erasure not complete yet");
    }
    Ok(())
}

/// A compartment that never had a key has none to destroy; the key of any other must be `Destroyed`.
async fn keys_are_destroyed(app: &App, tenant_id: Uuid, subject_id: Uuid) -> Result<bool, Error> {
    app.keyring.evict(tenant_id, subject_id);
    let refs = COMPARTMENTS.map(|compartment| KeyRef { tenant_id, subject_id, compartment });
    let keys = app.keyring.keys(Purpose::Probe, &refs).await?;
    let is_gone =
        |&compartment| matches!(keys.state(compartment), KeyState::Destroyed | KeyState::Missing);
    Ok(COMPARTMENTS.iter().all(is_gone))
}

/// An erasure that fails must not block the others; the next run tries it again. False when the keyring is unavailable, which
/// fails them all.
fn can_continue<T>(erasure: &Erasure, step: Result<T, Error>) -> bool {
    let Err(error) = step else { return true };
    let keyring_unavailable = matches!(error, Error::Keyring(KeyringError::Unavailable(_)));
    tracing::error!(erasure = %erasure.id, %error, keyring_unavailable, "erasure step failed; will retry");
    metrics::counter!("folkmoot_erasures_failed_total").increment(1);
    !keyring_unavailable
}

fn gauge(count: i64) -> f64 {
    i32::try_from(count).map_or(f64::MAX, f64::from)
}
