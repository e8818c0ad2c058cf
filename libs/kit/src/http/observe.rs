//! Wraps each request: id, span, deadline, metrics and one line of the log, all without personal data.

use std::time::Instant;

use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
};
use tracing::{Instrument as _, field::Empty};
use uuid::Uuid;

use crate::{
    auth::claims::GATEWAY,
    http::{deadline, problem::Problem},
    id::Ids,
    telemetry::spans::{Span, SpanKind},
};

/// The route of requests that no route of the table matches.
pub(crate) const UNMATCHED: &str = "unmatched";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Handles a request in its span. `route` is the path in the table, e.g. `/v1/campaigns/{id}`, never the path of the
/// request.
pub(crate) async fn observe<B: MessageBody + 'static>(
    service: &'static str,
    route: &'static str,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let started = Instant::now();
    let request_id = request_id(&req);
    let echoed_id = HeaderValue::from_str(&request_id.to_string()).ok();
    if let Some(echoed_id) = &echoed_id {
        req.headers_mut().insert(REQUEST_ID, echoed_id.clone());
    }
    let method = known_method(req.method());
    let trace = server_span(service, method, route, &req);
    if trace.is_recording() {
        trace.set("folkmoot.request.id", request_id.to_string());
    }
    let span = tracing::info_span!("request", service, http.route = route, request.id = %request_id, trace_id = trace.trace_id(), client.network = Empty);
    // The gateway sets its own deadlines.
    let limit = deadline::from_headers(req.headers()).filter(|_| service != GATEWAY);
    let work = trace.run(deadline::with_deadline(limit, next.call(req)).instrument(span.clone()));
    let exceeded = |deadline::Exceeded| Err(deadline_exceeded(request_id).into());
    let mut result = work.await.unwrap_or_else(exceeded);
    let status = match &mut result {
        Ok(response) => {
            if let Some(echoed_id) = echoed_id {
                response.headers_mut().insert(REQUEST_ID, echoed_id);
            }
            response.status()
        }
        Err(error) => error.as_response_error().status_code(),
    };
    trace.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        trace.fail(status.as_str().to_owned());
    }
    let seconds = started.elapsed().as_secs_f64();
    metrics::histogram!(
        "http_server_request_duration_seconds",
        "service" => service,
        "method" => method,
        "route" => route,
        "status" => status.as_u16().to_string(),
    )
    .record(seconds);
    let _entered = span.enter();
    tracing::info!(
        http.method = method,
        http.status = status.as_u16(),
        seconds,
        "request completed"
    );
    result
}

/// The span of a request, by the conventions for HTTP servers.
fn server_span(
    service: &'static str,
    method: &'static str,
    route: &'static str,
    req: &ServiceRequest,
) -> Span {
    let traceparent = req.headers().get("traceparent").and_then(|value| value.to_str().ok());
    // The gateway's callers are not trusted: their trace context is ignored.
    let parent = traceparent.filter(|_| service != GATEWAY);
    let (name, convention) =
        if method == OTHER_METHOD { ("HTTP", "_OTHER") } else { (method, method) };
    let open = |name| Span::open(service, SpanKind::Server, parent, name);
    let span = if route == UNMATCHED {
        open(format_args!("{name}"))
    } else {
        open(format_args!("{name} {route}"))
    };
    span.set("http.request.method", convention);
    span.set("url.scheme", "http");
    if route != UNMATCHED {
        span.set("http.route", route);
    }
    span
}

/// The label of methods that callers invent.
const OTHER_METHOD: &str = "OTHER";

/// Callers may invent methods. Each would become a time series of its own, and would be logged.
fn known_method(method: &actix_web::http::Method) -> &'static str {
    const KNOWN: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER_METHOD)
}

fn deadline_exceeded(request_id: Uuid) -> Problem {
    let title = "The request deadline was exceeded";
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded", title)
        .header("x-request-id", request_id.to_string())
}

/// The caller's id if it is a UUID, else a new one. Other text is ignored, since it would be logged.
fn request_id(req: &ServiceRequest) -> Uuid {
    let given = req.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok());
    given.and_then(|text| text.parse().ok()).unwrap_or_else(|| Ids.next())
}
