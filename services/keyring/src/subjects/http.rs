//! Requests about subjects.

use actix_web::web::{self, Data};
use contracts::keyring::{DestroyRequest, Destroyed, MAX_BATCH, ResolveRequest, Resolved};
use kit::http::{
    extract::{CallingService, Json},
    problem::Problem,
};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{index, ops};
use crate::{app::App, error::Error, keys::domain::allowed};

/// A batch of addresses may be this long, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// Subjects and keys of a batch of addresses.
pub async fn resolve(
    app: Data<App>,
    service: CallingService,
    body: Json<ResolveRequest, MAX_BODY>,
) -> Result<web::Json<Vec<Resolved>>, Problem> {
    let request = body.value;
    if request.items.len() > MAX_BATCH {
        return Err(Error::TooMany.into());
    }
    for item in &request.items {
        allowed(&service.0, request.purpose, &item.compartments, item.mint)?;
    }
    let keys = index_keys(&app, &request).await?;
    let wanted = ops::Wanted::new(&app, request, &keys);
    let found = app
        .db
        .system_tx("keyring.resolve", async |conn| ops::resolve(&app, conn, &wanted).await)
        .await?;
    Ok(web::Json(found))
}

/// The index keys of the batch's tenants, made before the batch's own transaction: a tenant's first person makes its key.
async fn index_keys(app: &App, request: &ResolveRequest) -> Result<index::IndexKeys, Error> {
    let mut keys = index::IndexKeys::new();
    for item in &request.items {
        if keys.contains_key(&item.tenant_id) {
            continue;
        }
        let key = match app.index_keys.get(&item.tenant_id) {
            Some(key) => key,
            None => made_index_key(app, item.tenant_id).await?,
        };
        keys.insert(item.tenant_id, key);
    }
    Ok(keys)
}

async fn made_index_key(app: &App, tenant_id: Uuid) -> Result<Zeroizing<Vec<u8>>, Error> {
    let made = app.db.system_tx("keyring.index_key", async |conn| {
        index::key(&app.wrapper, app.ids, conn, tenant_id).await
    });
    let key = made.await?;
    app.index_keys.insert(tenant_id, key.clone());
    Ok(key)
}

/// All keys of one person die.
pub async fn destroy(
    app: Data<App>,
    body: Json<DestroyRequest>,
) -> Result<web::Json<Destroyed>, Problem> {
    let destroyed = app
        .db
        .system_tx("keyring.destroy", async |conn| ops::destroy(&app, conn, body.value).await)
        .await?;
    Ok(web::Json(destroyed))
}
