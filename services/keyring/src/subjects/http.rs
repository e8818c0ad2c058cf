//! Requests about subjects.

use actix_web::web::Data;
use contracts::keyring::{
    DestroyRequest, Destroyed, LeaveRequest, Left, MAX_BATCH, ResolveRequest, Resolved,
};
use kit::http::{
    extract::{CallingService, Json},
    problem::Problem,
    reply::Reply,
};

use super::{ops, workflow};
use crate::{app::App, error::Error, keys::domain::check_access};

/// Largest batch of addresses, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// Subjects and keys of a batch of addresses.
pub(crate) async fn resolve(
    app: Data<App>,
    service: CallingService,
    body: Json<ResolveRequest, MAX_BODY>,
) -> Result<Reply<Vec<Resolved>>, Problem> {
    let request = body.value;
    if request.items.len() > MAX_BATCH {
        return Err(Error::TooMany.into());
    }
    for item in &request.items {
        check_access(&service.0, request.purpose, &item.compartments, item.mint)?;
    }
    Ok(Reply::ok(workflow::resolve(&app, request).await?))
}

/// Destroys all keys of a person.
pub(crate) async fn destroy(
    app: Data<App>,
    body: Json<DestroyRequest>,
) -> Result<Reply<Destroyed>, Problem> {
    let now = app.kit.clock.now();
    let destroyed = app
        .db
        .system_tx("subjects.destroy", async |conn| ops::destroy(conn, body.value, now).await)
        .await?;
    Ok(Reply::ok(destroyed))
}

/// Ends people about whom the caller holds nothing.
pub(crate) async fn leave(
    app: Data<App>,
    body: Json<LeaveRequest, MAX_BODY>,
) -> Result<Reply<Left>, Problem> {
    let people = body.value.people;
    if people.len() > MAX_BATCH {
        return Err(Error::TooMany.into());
    }
    let now = app.kit.clock.now();
    let left = app
        .db
        .system_tx("subjects.leave", async |conn| ops::leave(conn, people, now).await)
        .await?;
    Ok(Reply::ok(left))
}
