//! The published key set: services check internal tokens by it, front ends their access tokens.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::Data,
};

use crate::{app::App, edge};

/// Verifiers fetch again when they meet an unknown key, so a minute of caching costs nothing.
const CACHE: &str = "public, max-age=60";

/// `GET /.well-known/jwks.json`
pub(crate) async fn public(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_client| Ok(answer(&app))).await
}

/// `GET /internal/v1/jwks.json`: the same for the services; only the door counts it.
pub(crate) async fn internal(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::serve(&app, &req, async |_client| Ok(answer(&app))).await
}

fn answer(app: &App) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
        .insert_header((CACHE_CONTROL, CACHE))
        .body(app.ring.jwks())
}
