//! The published key set: services verify internal tokens by it, front ends their access tokens.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::Data,
};

use crate::{app::App, edge};

/// Verifiers fetch the set again when they meet an unknown key, so caching it for a minute delays nothing.
const CACHE: &str = "public, max-age=60";

/// `GET /.well-known/jwks.json`
pub(crate) async fn public(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::http::serve_own(&app, &req, async |_client| Ok(respond(&app))).await
}

/// `GET /internal/v1/jwks.json`: the same for the services; only admission counts it.
pub(crate) async fn internal(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::http::serve(&app, &req, async |_client| Ok(respond(&app))).await
}

fn respond(app: &App) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
        .insert_header((CACHE_CONTROL, CACHE))
        .body(app.signing_keys.jwks())
}
