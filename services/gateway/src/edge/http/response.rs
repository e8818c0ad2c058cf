//! Completes every response: renders problems, sets the headers of security, CORS and limits, and records the network for the
//! access log.

use actix_web::{
    HttpResponse, ResponseError as _,
    http::header::{self, HeaderName, HeaderValue},
};
use kit::http::problem::Problem;

use crate::{app::App, edge::client_info::ClientInfo};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Headers that pages may read.
const EXPOSED_HEADERS: &str =
    "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Link, Location, Export-Id";

/// JSON is not a page: a browser that shows it as one must not run anything.
static SECURITY: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    // A response that sets nothing about caching may contain personal data.
    (header::CACHE_CONTROL, "no-store"),
];

pub(super) async fn complete(
    app: &App,
    client: &ClientInfo,
    result: Result<HttpResponse, Problem>,
) -> HttpResponse {
    let mut response = result.unwrap_or_else(|problem| problem.error_response());
    let headers = response.headers_mut();
    for (name, value) in &SECURITY {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
    }
    if let Some(verdict) = client.verdict.as_ref().filter(|verdict| !verdict.states.is_empty()) {
        let (policy, limit) = verdict.headers();
        for (name, text) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(allowed) = allowed_origin(app, client).await {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED_HEADERS),
        );
    }
    // The kit writes the access log from the request's span.
    tracing::Span::current().record("client.network", tracing::field::display(client.network));
    response
}

/// Pages of any live key may read refusals too, so that they can show their visitors what went wrong.
async fn allowed_origin(app: &App, client: &ClientInfo) -> Option<HeaderValue> {
    let origin = client.origin.as_deref()?;
    if client.allows_any_origin {
        return Some(HeaderValue::from_static("*"));
    }
    let is_allowed =
        client.is_origin_allowed || app.origins.contains(origin).await.unwrap_or(false);
    if is_allowed { HeaderValue::from_str(origin).ok() } else { None }
}
