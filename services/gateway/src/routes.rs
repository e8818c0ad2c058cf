//! The gateway's own URLs; every other one comes from the routing table.

use actix_web::http::Method;
use kit::http::routes::{Access, Routes};

use crate::{edge, keys, openapi, pages, proxy, sessions, table};

/// Everything the gateway answers. Each route checks for itself, by the table.
pub(crate) fn routes() -> Routes {
    let own = Routes::new()
        // Sessions take no idempotency key: to send a reply again, its tokens would have to be stored.
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
    preflighted(forwarded(own))
        .in_any_spelling(is_of_places)
        .for_other_methods(edge::method_not_allowed)
        .fallback(edge::not_found)
}

/// Clients of postcodes.io, whose paths stand here under a prefix, take it for granted that spelling does not matter.
fn is_of_places(path: &str) -> bool {
    path.starts_with("/v1/geo/")
}

fn forwarded(mut routes: Routes) -> Routes {
    for entry in table::table().iter().filter(|entry| entry.service != "gateway") {
        let handler = move |app, req, payload| proxy::http::forward(entry, app, req, payload);
        routes = routes.add(entry.method.clone(), entry.path, Access::Open, handler);
    }
    routes
}

fn preflighted(mut routes: Routes) -> Routes {
    let mut paths: Vec<&'static str> = table::table().iter().map(|entry| entry.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        routes = routes.add(Method::OPTIONS, path, Access::Open, edge::cors::preflight);
    }
    routes
}
