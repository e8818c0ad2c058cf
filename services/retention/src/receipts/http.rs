//! `/v1/erasures/{id}/receipt` and `/v1/receipt-keys`: receipts and the keys that verify them.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use kit::http::{extract::Caller, problem::Problem, reply::Reply};
use serde::Serialize;
use uuid::Uuid;

use super::signer::PublicKey;
use crate::{app::App, erasures, error::Error};

/// A JWK Set.
#[derive(Serialize)]
pub(crate) struct KeySetView {
    keys: Vec<PublicKey>,
}

/// A compact JWS.
pub(crate) async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let receipt = app
        .db
        .tx("receipts.get", caller.tenant_id, async |conn| erasures::store::by_id(conn, *id).await)
        .await?
        .ok_or(Error::NoSuchErasure)?
        .receipt
        .ok_or(Error::ErasureOpen)?;
    Ok(HttpResponse::Ok().content_type("application/jose").body(receipt))
}

/// Public, so that anybody can verify a receipt.
pub(crate) async fn keys(app: Data<App>) -> Reply<KeySetView> {
    Reply::ok(KeySetView { keys: vec![app.signer.public().clone()] })
}
