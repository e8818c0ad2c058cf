//! The last hand on every answer: problems rendered, security, CORS and limit headers set, the network told to the access line.

use actix_web::{
    HttpResponse, ResponseError as _,
    http::header::{self, HeaderName, HeaderValue},
};
use kit::http::problem::Problem;

use super::visit::Visit;
use crate::app::App;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What pages may read besides the body.
const EXPOSED_HEADERS: &str =
    "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Link, Location";

/// JSON is not a page; whoever shows it as one gets nothing to run.
static SECURITY: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    // What has no word of its own about caching may hold somebody's data.
    (header::CACHE_CONTROL, "no-store"),
];

/// Completes an answer.
pub(crate) async fn finish(
    app: &App,
    visit: &Visit,
    answer: Result<HttpResponse, Problem>,
) -> HttpResponse {
    let mut response = answer.unwrap_or_else(|problem| problem.error_response());
    let headers = response.headers_mut();
    for (name, value) in &SECURITY {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
    }
    if let Some(verdict) = visit.verdict.as_ref().filter(|verdict| !verdict.states.is_empty()) {
        let (policy, limit) = verdict.headers();
        for (name, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(allowed) = allowed_origin(app, visit).await {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED_HEADERS),
        );
    }
    // The kit writes the line; it has this from the request's span.
    tracing::Span::current().record("client.network", tracing::field::display(visit.network));
    response
}

/// Refusals are readable too, for pages of any live key: a page must be able to tell its visitor what went wrong.
async fn allowed_origin(app: &App, visit: &Visit) -> Option<HeaderValue> {
    let origin = visit.origin.as_deref()?;
    if visit.open_to_all_origins {
        return Some(HeaderValue::from_static("*"));
    }
    let known = visit.origin_is_the_keys || app.origins.has(origin).await.unwrap_or(false);
    if known { HeaderValue::from_str(origin).ok() } else { None }
}
