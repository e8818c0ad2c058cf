//! `/v1/tenant`: the caller's own organisation.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use kit::http::{
    extract::{Caller, Json},
    fields::Fields,
    problem::Problem,
    reply::Reply,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{domain::Tenant, ops, store};
use crate::{app::App, audit::domain::Author, error::Error, values};

#[derive(Serialize)]
pub(crate) struct TenantView {
    id: Uuid,
    slug: String,
    name: String,
    status: String,
    created_at: DateTime<Utc>,
}

/// Body of PATCH.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantRequest {
    name: Option<String>,
}

pub(crate) async fn get(app: Data<App>, caller: Caller) -> Result<Reply<TenantView>, Problem> {
    let id = caller.tenant_id;
    let tenant = app
        .db
        .tx("tenants.get", id, async |conn| store::by_id(conn, id).await)
        .await?
        .ok_or(Error::NoSuchTenant)?;
    Ok(Reply::ok(tenant.into()))
}

pub(crate) async fn update(
    app: Data<App>,
    caller: Caller,
    body: Json<TenantRequest>,
) -> Result<Reply<TenantView>, Problem> {
    let author = Author::from_caller(&app.kit, &caller)?;
    let mut fields = Fields::default();
    let name = fields.required("/name", body.value.name.as_deref(), values::name);
    let name = fields.finish(name)?;
    let tenant = app
        .db
        .tx("tenants.update", caller.tenant_id, async |conn| {
            ops::rename(conn, &author, &name).await
        })
        .await?;
    app.kit.relay.wake();
    Ok(Reply::ok(tenant.into()))
}

impl From<Tenant> for TenantView {
    fn from(tenant: Tenant) -> Self {
        let Tenant { id, slug, name, status, created_at } = tenant;
        Self { id, slug, name, status, created_at }
    }
}
