//! CORS: a preflight has no key, so it is allowed for the origins of any live key; the request itself may only come from those
//! of its own key.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
        ACCESS_CONTROL_REQUEST_METHOD, ALLOW,
    },
    web::Data,
};
use kit::http::problem::Problem;

use crate::{
    app::App,
    edge::{admission::Counted, client_info::ClientInfo},
    error::Error,
    table,
};

/// How long browsers may cache a preflight, in seconds.
const MAX_AGE: &str = "600";
/// Headers that pages may send.
const ALLOWED_HEADERS: &str = "authorization, content-type, accept-language, idempotency-key, if-match, if-none-match, x-request-id";

/// `OPTIONS` of every path.
pub(crate) async fn preflight(app: Data<App>, req: HttpRequest) -> HttpResponse {
    super::serve(&app, &req, async |client| permit(&app, &req, client).await).await
}

async fn permit(
    app: &App,
    req: &HttpRequest,
    client: &mut ClientInfo,
) -> Result<HttpResponse, Problem> {
    let methods = methods(&req.match_pattern().unwrap_or_default());
    let is_preflight = req.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let Some(origin) = client.origin.as_deref().filter(|_origin| is_preflight) else {
        app.admission.count(Counted::Miss, client)?;
        return Ok(HttpResponse::NoContent().insert_header((ALLOW, methods)).finish());
    };
    if !client.allows_any_origin && !app.origins.contains(origin).await? {
        return Err(app.admission.miss(client, Error::OriginNotAllowed).into());
    }
    client.is_origin_allowed = true;
    Ok(HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish())
}

/// The methods of a path, for `Allow`.
pub(super) fn methods(pattern: &str) -> String {
    let entries = table::table().iter().filter(|entry| entry.path == pattern);
    let methods = entries.map(|entry| match entry.method {
        table::Method::Get => "GET, HEAD",
        other => other.as_str(),
    });
    methods.chain(["OPTIONS"]).collect::<Vec<_>>().join(", ")
}
