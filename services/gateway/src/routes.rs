//! The gateway's own URLs; all others come from the routing table.

use actix_web::http;
use kit::http::routes::{Access, Routes};

use crate::{
    edge, keys, openapi, pages, proxy, sessions,
    table::{self, Method},
};

/// All routes. Each checks access for itself, by the table.
pub(crate) fn routes() -> Routes {
    let own = Routes::new()
        // Sessions take no idempotency key: to send a response again, its tokens would have to be stored.
        .unkeyed_post("/v1/sessions", Access::Open, sessions::http::create)
        .unkeyed_post("/v1/sessions/refresh", Access::Open, sessions::http::refresh)
        .unkeyed_post("/v1/sessions/revoke", Access::Open, sessions::http::revoke)
        .get("/.well-known/jwks.json", Access::Open, keys::http::public)
        .get("/internal/v1/jwks.json", Access::Open, keys::http::internal)
        .get("/openapi.json", Access::Open, openapi::http::document)
        .get("/docs", Access::Open, openapi::http::docs)
        .get("/problems/{code}", Access::Open, pages::http::problem)
        .get("/confirm/{link}", Access::Open, pages::http::show)
        // A link confirms once, however often it is used.
        .unkeyed_post("/confirm/{link}", Access::Open, pages::http::confirm);
    with_preflights(with_forwarded(own))
        .match_leniently(is_about_places)
        .method_fallback(edge::http::method_not_allowed)
        .fallback(edge::http::not_found)
}

/// Clients of postcodes.io, whose paths are here under a prefix, rely on paths in any spelling.
fn is_about_places(path: &str) -> bool {
    path.starts_with("/v1/geo/")
}

fn with_forwarded(mut routes: Routes) -> Routes {
    for entry in table::table().iter().filter(|entry| entry.service != "gateway") {
        let handler = move |app, req, payload| proxy::http::forward(entry, app, req, payload);
        let method = match entry.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        routes = routes.add(method, entry.path, Access::Open, handler);
    }
    routes
}

fn with_preflights(mut routes: Routes) -> Routes {
    let mut paths: Vec<&'static str> = table::table().iter().map(|entry| entry.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        routes = routes.add(http::Method::OPTIONS, path, Access::Open, edge::http::cors::preflight);
    }
    routes
}
