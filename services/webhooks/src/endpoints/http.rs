//! Requests about endpoints.

use actix_web::{
    HttpResponse, Responder,
    web::{self, Data, Path},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use kit::{
    db::Conn,
    http::{
        extract::{Caller, Json},
        idempotency::{KeyedReply, Once},
        page::PageRequest,
        problem::{FieldError, Problem},
        reply::Reply,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{Endpoint, EventType, Fault, MAX_URL, NewEndpoint, SECRET_BYTES},
    ops, store,
};
use crate::{
    app::App,
    error::Error,
    sending::guard::{Policy, UrlFault},
};

/// Body of `POST /v1/webhook-endpoints`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointRequest {
    url: String,
    event_types: Vec<String>,
}

/// An endpoint as clients see it.
#[derive(Serialize)]
pub struct EndpointView {
    id: Uuid,
    url: String,
    event_types: Vec<String>,
    state: &'static str,
    disabled_reason: Option<String>,
    created_at: DateTime<Utc>,
    /// Only in the response to the request that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// Adds an endpoint; this response alone shows its secret.
pub async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<EndpointRequest>,
) -> Result<KeyedReply, Problem> {
    let new = body.value.parse(&app.policy)?;
    let secret: [u8; SECRET_BYTES] = app.ids.bytes();
    once.tx("endpoints.create", async |conn: &mut Conn| -> Result<_, Error> {
        let endpoint = ops::create(&app, conn, caller.tenant_id, new, &secret).await?;
        let secret = Some(format!("whsec_{}", STANDARD.encode(secret)));
        Ok(Reply::created(EndpointView { secret, ..EndpointView::from(endpoint) }).no_store())
    })
    .await
}

/// The tenant's endpoints.
pub async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let endpoints = app
        .db
        .tx("endpoints.list", caller.tenant_id, async |conn: &mut Conn| -> Result<_, Error> {
            Ok(store::page(conn, page).await?)
        })
        .await?;
    let views = endpoints.into_iter().map(EndpointView::from).collect();
    Ok(web::Json(page.page(views, |view: &EndpointView| view.id)))
}

/// One endpoint.
pub async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let endpoint = app
        .db
        .tx("endpoints.get", caller.tenant_id, async |conn: &mut Conn| -> Result<_, Error> {
            store::by_id(conn, *id).await?.ok_or(Error::NoSuchEndpoint)
        })
        .await?;
    Ok(web::Json(EndpointView::from(endpoint)))
}

/// Deletes an endpoint; what is queued for it is cancelled.
pub async fn delete(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    app.db
        .tx("endpoints.delete", caller.tenant_id, async |conn: &mut Conn| {
            ops::delete(&app, conn, *id).await
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl EndpointRequest {
    fn parse(&self, policy: &Policy) -> Result<NewEndpoint, Problem> {
        NewEndpoint::parse(&self.url, &self.event_types, policy)
            .map_err(|faults| Problem::invalid(faults.into_iter().map(told).collect()))
    }
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            state: endpoint.state(),
            url: endpoint.url,
            event_types: endpoint.event_types,
            disabled_reason: endpoint.disabled_reason,
            created_at: endpoint.created_at,
            secret: None,
        }
    }
}

fn told(fault: Fault) -> FieldError {
    match fault {
        Fault::UrlTooLong => {
            FieldError::new("/url", "too_long", format!("at most {MAX_URL} characters"))
        }
        Fault::Url(fault) => told_of_url(fault),
        Fault::NoTypes => FieldError::new("/event_types", "required", "name at least one"),
        Fault::UnknownType(at) => {
            let names = EventType::ALL.map(EventType::name).join(", ");
            FieldError::new(format!("/event_types/{at}"), "unknown", format!("one of {names}"))
        }
    }
}

fn told_of_url(fault: UrlFault) -> FieldError {
    let (code, detail) = match fault {
        UrlFault::Malformed => ("malformed", "not a URL with a host"),
        UrlFault::NotHttps => ("not_https", "must begin with https://"),
        UrlFault::Credentials => ("credentials", "must not hold a user or password"),
        UrlFault::Fragment => ("fragment", "must not have a fragment"),
        UrlFault::Port => ("port", "this port is not allowed; use 443"),
        UrlFault::Address => ("address", "must be a public address"),
    };
    FieldError::new("/url", code, detail)
}
