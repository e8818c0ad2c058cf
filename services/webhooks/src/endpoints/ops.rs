//! Adding, deleting and disabling endpoints.

use chrono::{DateTime, Utc};
use kit::db::Conn;
use uuid::Uuid;

use super::{
    domain::{Endpoint, MAX_ENDPOINTS},
    store,
};
use crate::{deliveries, error::Error};

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

/// Disables an endpoint and cancels its queue, in the same order.
pub(crate) async fn disable(
    conn: &mut Conn,
    id: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    store::disable(conn, id, reason).await?;
    deliveries::store::cancel(conn, id, now).await?;
    Ok(())
}
