//! Adding, deleting and disabling endpoints.

use kit::{db::Conn, keyring::sealed::Place};
use uuid::Uuid;

use super::{
    domain::{Endpoint, MAX_ENDPOINTS, NewEndpoint},
    store,
};
use crate::{app::App, deliveries, error::Error};

/// Where an endpoint's secret stands; bound into its wrapping.
pub fn secret_place(id: Uuid) -> Place<'static> {
    Place::Row { table: "endpoints", column: "secret", id }
}

/// Adds an endpoint with a secret that is shown once.
pub async fn create(
    app: &App,
    conn: &mut Conn,
    tenant_id: Uuid,
    new: NewEndpoint,
    secret: &[u8],
) -> Result<Endpoint, Error> {
    if store::count(conn).await? >= MAX_ENDPOINTS {
        return Err(Error::TooManyEndpoints);
    }
    let id = app.ids.next();
    let wrapped = app.secret_key.seal_bytes(secret_place(id), secret);
    let endpoint = Endpoint {
        id,
        tenant_id,
        url: new.url,
        event_types: new.event_types.iter().map(|kind| kind.name().to_owned()).collect(),
        secret: wrapped.map_err(anyhow::Error::from)?,
        disabled_reason: None,
        created_at: app.clock.now(),
    };
    store::insert(conn, endpoint.clone()).await?;
    Ok(endpoint)
}

/// Deletes an endpoint and cancels its queue. The endpoint goes first: it waits for those who are queueing for it.
pub async fn delete(app: &App, conn: &mut Conn, id: Uuid) -> Result<(), Error> {
    if store::remove(conn, id).await? == 0 {
        return Err(Error::NoSuchEndpoint);
    }
    deliveries::store::cancel(conn, id, app.clock.now()).await?;
    Ok(())
}

/// Disables an endpoint and cancels its queue, in the same order.
pub async fn disable(app: &App, conn: &mut Conn, id: Uuid, reason: &str) -> Result<(), Error> {
    store::disable(conn, id, reason).await?;
    deliveries::store::cancel(conn, id, app.clock.now()).await?;
    Ok(())
}
