//! `/v1/tenant`: the caller's own organisation.

use actix_web::{Responder, web};
use chrono::{DateTime, Utc};
use kit::http::{
    extract::{Caller, Json},
    problem::{FieldError, Problem},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{self, Tenant},
    ops, store,
};
use crate::{app::App, audit::http::actor, error::Error};

#[derive(Serialize)]
struct TenantView {
    id: Uuid,
    slug: String,
    name: String,
    status: String,
    created_at: DateTime<Utc>,
}

impl From<Tenant> for TenantView {
    fn from(tenant: Tenant) -> Self {
        let Tenant { id, slug, name, status, created_at } = tenant;
        Self { id, slug, name, status, created_at }
    }
}

/// Body of `PATCH /v1/tenant`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateTenant {
    name: String,
}

pub(crate) async fn get(app: web::Data<App>, caller: Caller) -> Result<impl Responder, Problem> {
    let id = caller.tenant_id;
    let found =
        app.db.tx("identity.tenant.get", id, async |conn| store::by_id(conn, id).await).await?;
    let tenant = found.ok_or_else(|| Problem::not_found("tenant"))?;
    Ok(web::Json(TenantView::from(tenant)))
}

pub(crate) async fn update(
    app: web::Data<App>,
    caller: Caller,
    body: Json<UpdateTenant>,
) -> Result<impl Responder, Problem> {
    let actor = actor(&caller)?;
    let name = domain::name(&body.value.name)
        .map_err(|says| Problem::invalid(vec![FieldError::new("/name", "malformed", says)]))?;
    let id = caller.tenant_id;
    let tenant = app
        .db
        .tx("identity.tenant.update", id, async |conn| -> Result<_, Error> {
            ops::rename(&app, conn, id, actor, &name).await
        })
        .await?;
    app.kit.wake.wake();
    Ok(web::Json(TenantView::from(tenant)))
}
