//! `/v1/api-keys`, and what the gateway asks about keys.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, Responder, web};
use chrono::{DateTime, Utc};
use contracts::identity::Credential;
use kit::http::{
    extract::{Caller, Json},
    idempotency::{KeyedReply, Once},
    page::PageRequest,
    problem::{FieldError, Problem},
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{self, ApiKey, Fault, KeyKind, NewKey},
    ops, store,
};
use crate::{app::App, audit::http::actor, error::Error};

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Publishable,
    Secret,
}

#[derive(Serialize)]
struct KeyView {
    id: Uuid,
    kind: Kind,
    test: bool,
    name: String,
    scopes: Vec<String>,
    origins: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            kind: match key.kind {
                KeyKind::Publishable => Kind::Publishable,
                KeyKind::Secret => Kind::Secret,
            },
            test: key.test,
            name: key.name,
            scopes: key.scopes,
            origins: key.origins,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// The only response that holds a key's text.
#[derive(Serialize)]
struct CreatedView {
    #[serde(flatten)]
    key: KeyView,
    secret: String,
}

/// Body of `POST /v1/api-keys`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateKey {
    kind: Kind,
    #[serde(default)]
    test: bool,
    name: String,
    scopes: Vec<String>,
    #[serde(default)]
    origins: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
}

impl CreateKey {
    fn parse(self, now: DateTime<Utc>) -> Result<NewKey, Error> {
        let kind = match self.kind {
            Kind::Publishable => KeyKind::Publishable,
            Kind::Secret => KeyKind::Secret,
        };
        let Self { test, name, scopes, origins, expires_at, .. } = self;
        let new = NewKey { kind, test, name, scopes, origins, expires_at };
        domain::check(new, now).map_err(invalid)
    }
}

pub(crate) async fn list(
    app: web::Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let tenant_id = caller.tenant_id;
    let keys = app
        .db
        .tx("identity.api_keys.page", tenant_id, async |conn| {
            store::page(conn, tenant_id, page).await
        })
        .await?;
    let views = keys.into_iter().map(KeyView::from).collect();
    Ok(web::Json(page.page(views, |key: &KeyView| key.id)))
}

pub(crate) async fn create(
    app: web::Data<App>,
    caller: Caller,
    once: Once,
    body: Json<CreateKey>,
) -> Result<KeyedReply, Problem> {
    let actor = actor(&caller)?;
    let new = body.value.parse(app.kit.clock.now())?;
    if new.scopes.iter().any(|scope| !caller.has(scope)) {
        return Err(Error::NotHeld("every scope of the key").into());
    }
    once.tx("identity.api_keys.create", async |conn| -> Result<_, Error> {
        let (key, secret) = ops::create(&app, conn, actor, caller.tenant_id, new).await?;
        Ok(Reply::created(CreatedView { key: key.into(), secret }).no_store())
    })
    .await
}

pub(crate) async fn delete(
    app: web::Data<App>,
    caller: Caller,
    key_id: web::Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let (actor, tenant_id) = (actor(&caller)?, caller.tenant_id);
    app.db
        .tx("identity.api_keys.revoke", tenant_id, async |conn| -> Result<_, Error> {
            ops::revoke(&app, conn, actor, tenant_id, *key_id).await
        })
        .await?;
    Ok(HttpResponse::NoContent())
}

/// Whose a key is cannot be known before it is looked up, so this reads as the worker.
pub(crate) async fn verify(
    app: web::Data<App>,
    body: Json<Credential>,
) -> Result<impl Responder, Problem> {
    let Credential::ApiKey { key } = body.value;
    let principal = app
        .db
        .system_tx("identity.api_keys.verify", async |conn| -> Result<_, Error> {
            ops::verify(&app, conn, &key).await
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(principal))
}

pub(crate) async fn origins(app: web::Data<App>) -> Result<impl Responder, Problem> {
    let now = app.kit.clock.now();
    let origins = app
        .db
        .system_tx("identity.api_keys.origins", async |conn| store::origins(conn, now).await)
        .await?;
    let origins: BTreeSet<String> = origins.into_iter().flatten().collect();
    Ok(web::Json(origins))
}

/// All faults at once.
pub(crate) fn invalid(faults: Vec<Fault>) -> Error {
    let field = |(pointer, code, detail): Fault| FieldError::new(pointer, code, detail);
    Error::Invalid(faults.into_iter().map(field).collect())
}
