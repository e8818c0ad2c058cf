//! Rotation: one step towards what the plan says.

use aws_lc_rs::signature::Ed25519KeyPair;
use chrono::{DateTime, Utc};
use kit::{
    db::{Conn, DbError},
    keyring::sealed::{DataKey, Place},
};
use uuid::Uuid;

use super::{
    domain::{self, Life},
    store::{self, StoredKey},
};

/// Why a rotation failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("no key could be made: {0}")]
    Make(String),
}

/// Where a wrapped key stands.
pub(crate) fn place(id: Uuid) -> Place<'static> {
    Place::Row { table: "signing_keys", column: "wrapped_key", id }
}

/// Makes and drops what is due, and gives the keys that are published then.
pub(crate) async fn rotate(
    conn: &mut Conn,
    wrap: &DataKey,
    next_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<StoredKey>, Error> {
    store::lock(conn).await?;
    let keys = store::all(conn).await?;
    let lives: Vec<Life> =
        keys.iter().map(|key| Life { id: key.id, active_from: key.active_from }).collect();
    let plan = domain::plan(&lives, now);
    if let Some(active_from) = plan.make {
        store::insert(conn, &make(wrap, next_id, now, active_from)?).await?;
        tracing::info!(key.id = %next_id, %active_from, "signing key published");
    }
    if !plan.drop.is_empty() {
        store::remove(conn, &plan.drop).await?;
        tracing::info!(keys = plan.drop.len(), "signing keys retired");
    }
    Ok(store::all(conn).await?)
}

fn make(
    wrap: &DataKey,
    id: Uuid,
    now: DateTime<Utc>,
    active_from: DateTime<Utc>,
) -> Result<StoredKey, Error> {
    let failed = |cause: &dyn std::fmt::Display| Error::Make(cause.to_string());
    let pair = Ed25519KeyPair::generate().map_err(|e| failed(&e))?;
    let pkcs8 = pair.to_pkcs8v1().map_err(|e| failed(&e))?;
    let jwk =
        kit::auth::claims::public_jwk(pkcs8.as_ref(), &id.to_string()).map_err(|e| failed(&e))?;
    let public_jwk = serde_json::to_string(&jwk).map_err(|e| failed(&e))?;
    let wrapped_key = wrap.seal_bytes(place(id), pkcs8.as_ref()).map_err(|e| failed(&e))?;
    Ok(StoredKey { id, public_jwk, wrapped_key, created_at: now, active_from })
}
