//! Receipts and the keys that verify them.

use actix_web::{
    HttpResponse, Responder,
    web::{self, Data, Path},
};
use kit::{
    db::Conn,
    http::{extract::Caller, problem::Problem},
};
use serde::Serialize;
use uuid::Uuid;

use super::signer::PublicKey;
use crate::{app::App, erasures, error::Error};

/// A JWK Set.
#[derive(Serialize)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

/// The receipt of a complete erasure, as a compact JWS.
pub async fn get(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let receipt = app
        .db
        .tx("receipts.get", caller.tenant_id, async |conn: &mut Conn| -> Result<_, Error> {
            let erasure = erasures::store::by_id(conn, *id).await?.ok_or(Error::NoSuchErasure)?;
            erasure.receipt.ok_or(Error::NoReceiptYet)
        })
        .await?;
    Ok(HttpResponse::Ok().content_type("application/jose").body(receipt))
}

/// The keys that receipts are verified with. Public, so that anybody can.
pub async fn keys(app: Data<App>) -> impl Responder {
    web::Json(KeySet { keys: vec![app.signer.public().clone()] })
}
