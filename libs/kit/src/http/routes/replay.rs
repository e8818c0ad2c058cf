//! Replies to repeated requests of keyed routes. They get the stored reply before their handler runs, since what it would
//! check first (a state, another service) may have changed.

use actix_web::{
    HttpMessage as _, Responder as _, ResponseError as _,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    middleware::Next,
};

use crate::http::{
    extract::{self, Caller},
    idempotency::{KeyedReply, Store, key},
    problem::Problem,
};

/// Largest body of a keyed route in bytes: that of an imported file. Handlers have smaller limits of their own.
const MAX_BODY: usize = 5 * 1024 * 1024;

/// Runs the handler, or sends the stored reply.
pub(super) async fn replay<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
    store: Option<Store>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match prepare(&mut req, store).await {
        Ok(None) => Ok(next.call(req).await?.map_into_boxed_body()),
        Ok(Some(reply)) => {
            let response = reply.respond_to(req.request());
            Ok(req.into_response(response))
        }
        Err(problem) => Ok(req.into_response(problem.error_response())),
    }
}

/// Puts the [`Once`](crate::http::idempotency::Once) for the handler into the request. Returns the reply of an earlier
/// request with the same key.
async fn prepare(
    req: &mut ServiceRequest,
    store: Option<Store>,
) -> Result<Option<KeyedReply>, Problem> {
    let no_store = || Problem::internal(&anyhow::anyhow!("a keyed route needs a database"));
    let store = store.ok_or_else(no_store)?;
    let caller = req.extensions().get::<Caller>().cloned().ok_or_else(Problem::unauthorized)?;
    let Some(key) = key::read(req.headers())? else {
        req.extensions_mut().insert(store.unkeyed(&caller));
        return Ok(None);
    };
    // The key belongs to the whole request, so its body is read here and then passed on.
    let body = extract::read_body(req.take_payload(), MAX_BODY).await?;
    let (once, reply) = store.keyed(&caller, &key, req.uri(), &body).await?;
    req.set_payload(Payload::from(body));
    req.extensions_mut().insert(once);
    Ok(reply)
}
