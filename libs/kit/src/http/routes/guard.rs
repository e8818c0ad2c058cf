//! Checks who may call a route: verifies the bearer token before the handler runs.

use actix_web::{
    HttpMessage as _, Route,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::{Next, from_fn},
};

use super::Access;
use crate::{
    auth::verifier::{AuthError, Verifier},
    http::{
        extract::{Caller, CallingService},
        problem::Problem,
    },
};

pub(super) fn protect(route: Route, access: Access, verifier: Verifier) -> Route {
    if access == Access::Open {
        return route;
    }
    route.wrap(from_fn(move |req: ServiceRequest, next: Next<BoxBody>| {
        check(req, next, access, verifier.clone())
    }))
}

async fn check<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
    access: Access,
    verifier: Verifier,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match admit(&req, access, &verifier).await {
        Ok(()) => Ok(next.call(req).await?.map_into_boxed_body()),
        Err(problem) => Ok(req
            .into_response(actix_web::ResponseError::error_response(&problem))
            .map_into_boxed_body()),
    }
}

async fn admit(req: &ServiceRequest, access: Access, verifier: &Verifier) -> Result<(), Problem> {
    let token = bearer(req).ok_or_else(Problem::unauthorized)?;
    let claims = verifier.verify(token).await.map_err(|error| match error {
        AuthError::Invalid(cause) => {
            tracing::debug!(cause, "token rejected");
            Problem::unauthorized()
        }
        AuthError::Unavailable(cause) => {
            tracing::warn!(cause, "key set unavailable");
            Problem::unavailable("The key set")
        }
    })?;
    match access {
        Access::Open => {}
        Access::Services(names) => {
            if claims.actor_kind != "service" || !names.contains(&claims.iss.as_str()) {
                return Err(Problem::forbidden("service"));
            }
            req.extensions_mut().insert(CallingService(claims.iss.clone()));
        }
        Access::Scope(scope) => {
            let tenant_id = claims.tenant.ok_or_else(Problem::unauthorized)?;
            if !claims.has(scope) {
                return Err(Problem::forbidden(scope));
            }
            req.extensions_mut().insert(Caller::new(tenant_id, claims));
        }
    }
    Ok(())
}

fn bearer(req: &ServiceRequest) -> Option<&str> {
    req.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
