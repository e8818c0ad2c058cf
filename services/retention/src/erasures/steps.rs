//! The steps of an erasure that wait for the keyring, each followed by its transaction. Request and jobs share them, so an
//! erasure goes on from wherever it stopped.

use contracts::keyring::{
    Compartment::{Action, Message, Network, Staff, Webhook},
    KeyRef, Purpose,
};
use kit::{
    db::Conn,
    keyring::{KeyState, Keys},
};
use uuid::Uuid;

use super::{
    domain::{Erasure, State},
    ops,
};
use crate::{app::App, error::Error, jobs};

const COMPARTMENTS: [contracts::keyring::Compartment; 5] =
    [Action, Message, Staff, Network, Webhook];

/// Destroys the keys and tells everybody. When the keyring is away the erasure stays in the ledger and the job goes on.
pub async fn destroy_or_later(app: &App, erasure: &Erasure) -> Result<Erasure, Error> {
    match destroy(app, erasure).await {
        Err(Error::Keyring(error)) => {
            tracing::warn!(erasure = %erasure.id, %error, "keys not destroyed yet; will retry");
            Ok(erasure.clone())
        }
        other => other,
    }
}

async fn destroy(app: &App, erasure: &Erasure) -> Result<Erasure, Error> {
    let (id, tenant_id) = (erasure.id, erasure.tenant_id);
    let Some(subject_id) = erasure.subject_id else { return Ok(erasure.clone()) };
    let destroyed = app.keyring.destroy(tenant_id, subject_id).await?;
    app.keyring.evict(tenant_id, subject_id);
    let erasure = app
        .db
        .tx("erasures.keys_destroyed", tenant_id, async |conn: &mut Conn| {
            ops::keys_destroyed(app, conn, id, destroyed.keys).await
        })
        .await?;
    app.kit.wake.wake();
    Ok(erasure)
}

/// Tells everybody again: somebody has not answered, or still holds rows.
pub async fn announce_again(app: &App, erasure: &Erasure) -> Result<(), Error> {
    app.db
        .tx("erasures.announce", erasure.tenant_id, async |conn: &mut Conn| {
            ops::announce(app, conn, erasure).await
        })
        .await?;
    app.kit.wake.wake();
    Ok(())
}

/// Probes the keyring, then decides what the answers have come to.
pub async fn settle(app: &App, erasure: &Erasure) -> Result<Erasure, Error> {
    let (id, tenant_id) = (erasure.id, erasure.tenant_id);
    let Some(subject_id) = erasure.subject_id else { return Ok(erasure.clone()) };
    let dead = keys_are_dead(app, tenant_id, subject_id).await?;
    if !dead {
        tracing::error!(erasure = %id, "key still active after erasure; destroying it again");
        app.keyring.destroy(tenant_id, subject_id).await?;
    }
    let settled = app
        .db
        .tx("erasures.settle", tenant_id, async |conn: &mut Conn| {
            ops::settle(app, conn, id, dead).await
        })
        .await?;
    if settled.state != State::Complete {
        tracing::warn!(erasure = %id, state = settled.state.name(), job = jobs::SETTLE, "erasure not complete yet");
    }
    Ok(settled)
}

/// A compartment that never had a key has none to destroy; any other must answer `Destroyed`.
async fn keys_are_dead(app: &App, tenant_id: Uuid, subject_id: Uuid) -> Result<bool, Error> {
    app.keyring.evict(tenant_id, subject_id);
    let refs = COMPARTMENTS.map(|compartment| KeyRef { tenant_id, subject_id, compartment });
    let keys: Keys = app.keyring.keys(Purpose::Probe, &refs).await?;
    let is_dead =
        |&compartment| matches!(keys.state(compartment), KeyState::Destroyed | KeyState::Missing);
    Ok(COMPARTMENTS.iter().all(is_dead))
}
