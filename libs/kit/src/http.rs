//! The HTTP server of a service: request ids, spans, metrics and one access line per request, without personal data.

use std::{net::TcpListener, sync::Arc, time::Instant};

use actix_web::{
    App, HttpResponse,
    body::MessageBody,
    dev::{Server, ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use opentelemetry::propagation::Extractor;
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use uuid::Uuid;

use crate::{
    auth::{GATEWAY, Verifier},
    deadline, extract,
    id::Ids,
    problem::{FieldError, Problem},
    route::Routes,
};

pub mod conditional;
pub mod keep_alive;
mod linger;
pub mod origin;
pub(crate) mod server;

/// Seconds a request may still take after a stop was asked for.
const DRAIN_SECONDS: u64 = 20;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where a service answers its peers that it is there; neither logged nor measured, since it is asked all the time.
pub(crate) const PING: &str = "/internal/v1/ping";

/// Serves `routes` on a bound listener.
pub(crate) fn serve<A: Send + Sync + 'static>(
    service: &'static str,
    listener: TcpListener,
    workers: usize,
    app: Arc<A>,
    routes: Routes,
    verifier: Verifier,
) -> std::io::Result<Server> {
    let data = web::Data::from(app);
    server::serve(listener, workers, DRAIN_SECONDS, move || {
        App::new()
            .app_data(data.clone())
            .configure(|config| configure(config, service, &routes, &verifier))
    })
}

/// Routes, and the form of actix's own errors; also what tests put into `init_service`.
pub fn configure(
    config: &mut web::ServiceConfig,
    service: &'static str,
    routes: &Routes,
    verifier: &Verifier,
) {
    config
        .app_data(
            web::PathConfig::default().error_handler(|_, _| Problem::not_found("resource").into()),
        )
        .app_data(
            web::QueryConfig::default()
                .error_handler(|error, _| query_fault(&error.to_string()).into()),
        );
    // The gateway's port is public: nothing outside of its table of routes is answered there.
    if service != GATEWAY {
        config.route(PING, web::get().to(HttpResponse::NoContent));
    }
    routes.configure(config, service, verifier);
}

/// What is wrong with a query. Its values are not repeated: they may be personal.
fn query_fault(message: &str) -> Problem {
    let message = message.trim_start_matches("Query deserialize error: ");
    for (kind, code, detail) in [
        ("missing field `", "required", "is missing"),
        ("duplicate field `", "duplicate", "is given twice"),
        ("unknown field `", "unknown", "is no parameter of this path"),
    ] {
        if let Some(name) = extract::named(message, kind) {
            let fault = FieldError::new(name.to_owned(), code, detail);
            return Problem::invalid(vec![fault]);
        }
    }
    Problem::bad_request("a parameter of the query cannot be read")
}

/// What is done around each request. `route` is the path of the table, never the caller's own.
pub(crate) async fn observe<B: MessageBody + 'static>(
    service: &'static str,
    route: &'static str,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let started = Instant::now();
    let request_id = request_id(&req);
    let told_id = HeaderValue::from_str(&request_id.to_string()).ok();
    if let Some(told_id) = &told_id {
        req.headers_mut().insert(REQUEST_ID, told_id.clone());
    }
    let method = known_method(req.method());
    let span = tracing::info_span!("request", service, http.route = route, request.id = %request_id, client.network = tracing::field::Empty);
    // The gateway's callers are strangers: their trace context is not taken over.
    if service != GATEWAY && req.headers().contains_key("traceparent") {
        let parent = opentelemetry::global::get_text_map_propagator(|p| p.extract(&Headers(&req)));
        let _ = span.set_parent(parent);
    }
    // Nor are their deadlines: the gateway sets its own.
    let limit = deadline::told(req.headers()).filter(|_| service != GATEWAY);
    let work = deadline::within(limit, next.call(req)).instrument(span.clone());
    let mut result = work.await.unwrap_or_else(|deadline::Over| Err(too_late(request_id).into()));
    let status = match &mut result {
        Ok(response) => {
            if let Some(told_id) = told_id {
                response.headers_mut().insert(REQUEST_ID, told_id);
            }
            response.status()
        }
        Err(error) => error.as_response_error().status_code(),
    };
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
    tracing::info!(http.method = method, http.status = status.as_u16(), seconds, "handled");
    result
}

/// Callers may invent methods; each would be a series of its own for ever, and their text in the log.
fn known_method(method: &actix_web::http::Method) -> &'static str {
    const KNOWN: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
}

fn too_late(request_id: Uuid) -> Problem {
    let title = "The deadline of the request is over";
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "deadline_exceeded", title)
        .header("x-request-id", request_id.to_string())
}

/// The caller's id when it is one, else a new one. Free text is not taken over: it would reach the log.
fn request_id(req: &ServiceRequest) -> Uuid {
    let given = req.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok());
    given.and_then(|text| text.parse().ok()).unwrap_or_else(|| Ids.next())
}

struct Headers<'a>(&'a ServiceRequest);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.headers().get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.headers().keys().map(HeaderName::as_str).collect()
    }
}
