//! Adding, deleting and disabling endpoints.

use chrono::{DateTime, Utc};
use kit::{db::Conn, keyring::service_key::ServiceKey};
use uuid::Uuid;

use super::{
    domain::{Endpoint, MAX_ENDPOINTS, secret_place},
    store,
};
use crate::{deliveries, error::Error};

/// Secrets rewrapped in one transaction.
const REWRAP_BATCH: i64 = 500;

/// What was done with a page of secrets.
pub(super) struct Rewrapped {
    pub(super) count: usize,
    /// The last endpoint of the page; none after the last page.
    pub(super) last: Option<Uuid>,
}

pub(super) async fn create(conn: &mut Conn, endpoint: &Endpoint) -> Result<(), Error> {
    if store::count(conn).await? >= MAX_ENDPOINTS {
        return Err(Error::TooManyEndpoints);
    }
    Ok(store::insert(conn, endpoint).await?)
}

/// Deletes an endpoint and cancels its queue. The endpoint goes first: it waits for transactions that queue for it.
pub(super) async fn delete(conn: &mut Conn, id: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    if store::delete(conn, id).await? == 0 {
        return Err(Error::NoSuchEndpoint);
    }
    deliveries::store::cancel(conn, id, now).await?;
    Ok(())
}

/// Wraps secrets of the endpoints after this one under the current key. A secret that no key opens stays as it is: its
/// deliveries report it.
pub(super) async fn rewrap(
    conn: &mut Conn,
    key: &ServiceKey,
    after: Uuid,
) -> Result<Rewrapped, Error> {
    let secrets = store::lock_secrets(conn, after, REWRAP_BATCH).await?;
    let mut count = 0;
    for (id, secret) in &secrets {
        if let Ok(Some(rewrapped)) = key.reseal(secret_place(*id), secret) {
            count += store::save_secret(conn, *id, &rewrapped).await?;
        }
    }
    Ok(Rewrapped { count, last: secrets.last().map(|(id, _)| *id) })
}
