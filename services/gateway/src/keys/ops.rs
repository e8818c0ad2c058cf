//! Rotation: one step of the plan, and all keys under the current wrap key.

use anyhow::Context as _;
use aws_lc_rs::signature::Ed25519KeyPair;
use chrono::{DateTime, Utc};
use kit::{auth::claims::public_jwk, db::Conn, keyring::service_key::ServiceKey};
use uuid::Uuid;

use super::{
    domain::{self, Life},
    store::{self, StoredKey},
};

/// Makes and drops the keys that are due, and returns those that are published then.
pub(super) async fn rotate(
    conn: &mut Conn,
    wrap_key: &ServiceKey,
    id: Uuid,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<StoredKey>> {
    store::lock(conn).await?;
    let lives: Vec<Life> = store::all(conn).await?.iter().map(StoredKey::life).collect();
    let plan = domain::plan(&lives, now);
    if let Some(active_from) = plan.make {
        let key = make(wrap_key, id, now, active_from).context("failed to make a signing key")?;
        store::insert(conn, &key).await?;
        tracing::info!(key.id = %id, %active_from, "signing key published");
    }
    if !plan.drop.is_empty() {
        store::delete(conn, &plan.drop).await?;
        tracing::info!(keys = plan.drop.len(), "signing keys retired");
    }
    let keys = store::all(conn).await?;
    for key in &keys {
        rewrap(conn, wrap_key, key).await.context("failed to rewrap a signing key")?;
    }
    Ok(keys)
}

/// Wraps a key under the current wrap key, so that an older one may go.
async fn rewrap(conn: &mut Conn, wrap_key: &ServiceKey, key: &StoredKey) -> anyhow::Result<()> {
    if let Some(wrapped) = wrap_key.reseal(store::place(key.id), &key.wrapped_key)? {
        store::save_wrapped(conn, key.id, &wrapped).await?;
        tracing::info!(key.id = %key.id, "signing key rewrapped");
    }
    Ok(())
}

fn make(
    wrap_key: &ServiceKey,
    id: Uuid,
    now: DateTime<Utc>,
    active_from: DateTime<Utc>,
) -> anyhow::Result<StoredKey> {
    let pkcs8 = Ed25519KeyPair::generate()?.to_pkcs8v1()?;
    Ok(StoredKey {
        id,
        public_jwk: serde_json::to_string(&public_jwk(pkcs8.as_ref(), &id.to_string())?)?,
        wrapped_key: wrap_key.seal_bytes(store::place(id), pkcs8.as_ref())?,
        created_at: now,
        active_from,
    })
}
