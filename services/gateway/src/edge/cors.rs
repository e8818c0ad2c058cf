//! CORS: a preflight carries no key, so it is answered for the origins of any live key; the request itself is held to its
//! own key's.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use kit::http::problem::Problem;

use super::{door::Toll, visit::Visit};
use crate::{app::App, table};

/// Browsers may remember a preflight for this long, in seconds.
const MAX_AGE: &str = "600";
/// What pages may send.
const ALLOWED_HEADERS: &str = "authorization, content-type, accept-language, idempotency-key, if-match, if-none-match, x-request-id";
/// Answers `OPTIONS` of every path.
pub(crate) async fn preflight(app: Data<App>, req: HttpRequest) -> HttpResponse {
    super::serve(&app, &req, async |visit| {
        let pattern = req.match_pattern().unwrap_or_default();
        permit(&app, &req, &pattern, visit).await
    })
    .await
}

async fn permit(
    app: &App,
    req: &HttpRequest,
    pattern: &str,
    visit: &mut Visit,
) -> Result<HttpResponse, Problem> {
    let methods = methods_of(pattern);
    let is_preflight = req.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let Some(origin) = visit.origin.clone().filter(|_origin| is_preflight) else {
        app.door.count(Toll::Miss, visit)?;
        return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, methods)).finish());
    };
    if !visit.open_to_all_origins && !app.origins.has(&origin).await? {
        return Err(app.door.missed(visit, origin_refused()));
    }
    visit.origin_is_the_keys = true;
    Ok(HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish())
}

/// 403: the page is on nobody's list, or not on this key's.
pub(crate) fn origin_refused() -> Problem {
    let title = "This origin is not on the key's list";
    Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed", title)
}

/// The methods of a path, for `Allow`.
pub(crate) fn methods_of(pattern: &str) -> String {
    let entries = table::table().iter().filter(|entry| entry.path == pattern);
    let methods = entries.flat_map(|entry| match entry.method.as_str() {
        "GET" => vec!["GET", "HEAD"],
        other => vec![other],
    });
    methods.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
}
