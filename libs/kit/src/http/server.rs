//! The application behind a service's port: its routes, and the problems for paths and queries that actix cannot read.

use std::{net::TcpListener, sync::Arc};

use actix_web::{App, HttpResponse, dev::Server, web};

use super::listener;
use crate::{
    auth::{claims::GATEWAY, verifier::Verifier},
    http::{
        extract,
        gate::Gate,
        problem::{FieldError, Problem},
        routes::Routes,
    },
};

/// Seconds a request may still take after a stop was asked for.
const DRAIN_SECONDS: u64 = 20;

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
    gate: Option<Gate>,
) -> std::io::Result<Server> {
    let data = web::Data::from(app);
    listener::serve(listener, workers, DRAIN_SECONDS, gate, move || {
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
        ("missing field `", "required", "is required"),
        ("duplicate field `", "duplicate", "appears more than once"),
        ("unknown field `", "unknown", "is not a recognised parameter"),
    ] {
        if let Some(name) = extract::named(message, kind) {
            let fault = FieldError::new(name.to_owned(), code, detail);
            return Problem::invalid(vec![fault]);
        }
    }
    Problem::bad_request("a query parameter cannot be read")
}
