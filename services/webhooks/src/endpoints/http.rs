//! `/v1/webhook-endpoints`: the endpoints of a tenant.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use kit::http::{
    extract::{Caller, Json},
    idempotency::{KeyedReply, Once},
    page::{Page, PageRequest},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    domain::{Endpoint, SECRET_BYTES, State, secret_place},
    ops,
    request::EndpointRequest,
    store,
};
use crate::{app::App, error::Error};

#[derive(Serialize)]
pub(crate) struct EndpointView {
    id: Uuid,
    url: String,
    event_types: Vec<String>,
    state: State,
    disabled_reason: Option<String>,
    created_at: DateTime<Utc>,
    /// Only in the response to the request that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<EndpointView>>, Problem> {
    let endpoints = app
        .db
        .tx("endpoints.list", caller.tenant_id, async |conn| store::page(conn, page).await)
        .await?;
    Ok(Reply::ok(page.page(endpoints, |endpoint| endpoint.id).map(EndpointView::from)))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<EndpointRequest>,
) -> Result<KeyedReply, Problem> {
    let new = body.value.parse(&app.config.policy)?;
    let (id, now) = (app.kit.ids.next(), app.kit.clock.now());
    let secret: [u8; SECRET_BYTES] = app.kit.ids.bytes();
    let sealed = app.config.secret_key.seal_bytes(secret_place(id), &secret);
    let sealed = sealed.map_err(Error::from)?;
    let endpoint = Endpoint::new(id, caller.tenant_id, new, sealed, now);
    once.tx("endpoints.create", async |conn| -> Result<_, Error> {
        ops::create(conn, &endpoint).await?;
        let secret = Some(format!("whsec_{}", STANDARD.encode(secret)));
        Ok(Reply::created(EndpointView { secret, ..EndpointView::from(endpoint) }).no_store())
    })
    .await
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<Reply<EndpointView>, Problem> {
    let endpoint = app
        .db
        .tx("endpoints.get", caller.tenant_id, async |conn| store::by_id(conn, *id).await)
        .await?
        .ok_or(Error::NoSuchEndpoint)?;
    Ok(Reply::ok(EndpointView::from(endpoint)))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let now = app.kit.clock.now();
    app.db
        .tx("endpoints.delete", caller.tenant_id, async |conn| ops::delete(conn, *id, now).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            event_types: endpoint.event_types,
            state: endpoint.state,
            disabled_reason: endpoint.disabled_reason,
            created_at: endpoint.created_at,
            secret: None,
        }
    }
}
