//! The actix application of a service: its routes, and the problems for paths and queries that actix cannot parse.

use std::{net::TcpListener, sync::Arc};

use actix_web::{App, HttpResponse, dev::Server, web};

use super::listener::{self, Options};
use crate::{
    auth::{claims::GATEWAY, verifier::Verifier},
    http::{
        extract,
        problem::{FieldError, Problem},
        routes::Routes,
    },
};

/// Seconds in which current requests may finish at a shutdown.
pub(crate) const FINISH_SECONDS: u64 = 20;

/// Where peers check that a service responds. It is neither logged nor measured, since it is called all the time.
pub(crate) const PING: &str = "/internal/v1/ping";

/// Serves `routes` on a bound listener.
pub(crate) fn serve<A: Send + Sync + 'static>(
    service: &'static str,
    listener: TcpListener,
    options: Options,
    app: Arc<A>,
    routes: Routes,
    verifier: Verifier,
) -> std::io::Result<Server> {
    let data = web::Data::from(app);
    listener::serve(listener, options, move || {
        App::new()
            .app_data(data.clone())
            .configure(|config| configure(config, service, &routes, &verifier))
    })
}

/// Configures an actix application with the routes, and with problems instead of actix's own errors.
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
                .error_handler(|error, _| query_problem(&error.to_string()).into()),
        );
    // The gateway's port is public, so it serves only the routes of its table.
    if service != GATEWAY {
        config.route(PING, web::get().to(HttpResponse::NoContent));
    }
    routes.configure(config, service, verifier);
}

/// The problem of an invalid query. It does not repeat values, which may be personal.
fn query_problem(message: &str) -> Problem {
    let message = message.trim_start_matches("Query deserialize error: ");
    for (kind, code, detail) in [
        ("missing field `", "required", "is required"),
        ("duplicate field `", "duplicate", "appears more than once"),
        ("unknown field `", "unknown", "is not a recognised parameter"),
    ] {
        if let Some(name) = extract::field_name(message, kind) {
            let error = FieldError::new(name.to_owned(), code, detail);
            return Problem::invalid(vec![error]);
        }
    }
    Problem::bad_request("a query parameter cannot be read")
}
