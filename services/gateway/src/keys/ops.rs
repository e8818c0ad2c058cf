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
    rewrap(conn, wrap_key, &keys).await.context("failed to rewrap a signing key")?;
    Ok(keys)
}

/// Wraps all keys under the current wrap key, so that another one may go. As long as there is another one, each run is
/// logged: a run after the last replica got the current key is the one that an operator waits for.
async fn rewrap(conn: &mut Conn, wrap_key: &ServiceKey, keys: &[StoredKey]) -> anyhow::Result<()> {
    let mut count = 0;
    for key in keys {
        if let Some(wrapped) = wrap_key.reseal(store::place(key.id), &key.wrapped_key)? {
            store::save_wrapped(conn, key.id, &wrapped).await?;
            count += 1;
        }
    }
    if wrap_key.has_others() {
        tracing::info!(keys = count, "signing keys rewrapped");
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
