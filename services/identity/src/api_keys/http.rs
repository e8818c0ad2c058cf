//! `/v1/api-keys`, and what the gateway asks about keys.

use std::collections::BTreeSet;

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use contracts::identity::{Credential, Principal};
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
    domain::{ApiKey, KeyKind},
    ops,
    request::KeyRequest,
    store,
};
use crate::{app::App, audit::domain::Author, error::Error};

#[derive(Serialize)]
pub(crate) struct KeyView {
    id: Uuid,
    kind: KeyKind,
    test: bool,
    name: String,
    scopes: Vec<String>,
    origins: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

/// The only response with a key's text.
#[derive(Serialize)]
struct CreatedKeyView {
    #[serde(flatten)]
    key: KeyView,
    secret: String,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<KeyView>>, Problem> {
    let tenant_id = caller.tenant_id;
    let keys = app
        .db
        .tx("api_keys.list", tenant_id, async |conn| store::page(conn, tenant_id, page).await)
        .await?;
    Ok(Reply::ok(page.page(keys, |key| key.id).map(KeyView::from)))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<KeyRequest>,
) -> Result<KeyedReply, Problem> {
    let author = Author::from_caller(&app.kit, &caller)?;
    let new = body.value.parse(author.now)?;
    if new.scopes.iter().any(|scope| !caller.has(scope)) {
        return Err(Error::NotHeld("every scope of the key").into());
    }
    once.tx("api_keys.create", async |conn| -> Result<_, Error> {
        let (key, secret) = ops::create(conn, &author, new).await?;
        Ok(Reply::created(CreatedKeyView { key: key.into(), secret }).no_store())
    })
    .await
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let author = Author::from_caller(&app.kit, &caller)?;
    app.db
        .tx("api_keys.revoke", caller.tenant_id, async |conn| ops::revoke(conn, &author, *id).await)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whose key it is turns out only by looking it up, so this reads as the worker.
pub(crate) async fn verify(
    app: Data<App>,
    body: Json<Credential>,
) -> Result<Reply<Principal>, Problem> {
    let Credential::ApiKey { key } = body.value;
    let now = app.kit.clock.now();
    let principal = app
        .db
        .system_tx("api_keys.verify", async |conn| ops::verify(conn, &key, now).await)
        .await?;
    Ok(Reply::ok(principal).no_store())
}

pub(crate) async fn origins(app: Data<App>) -> Result<Reply<BTreeSet<String>>, Problem> {
    let now = app.kit.clock.now();
    let origins = app
        .db
        .system_tx("api_keys.list_origins", async |conn| store::origins(conn, now).await)
        .await?;
    Ok(Reply::ok(origins.into_iter().flatten().collect()))
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            kind: key.kind,
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
