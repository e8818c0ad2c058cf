//! The admin port: `/livez`, `/readyz`, `/metrics`, `/version`. It must not be reachable from outside.
//!
//! A process has one, however many services it runs, since its metrics are those of the process. It is served before a
//! service waits for anything, so that an orchestrator can distinguish "still starting" from "hung".

use std::{io, net::TcpListener};

use actix_web::{App, HttpResponse, dev::Server, web};
use serde_json::{Value, json};

use super::Scope;
use crate::{
    http::{
        drain::Draining,
        listener::{self, Options},
        problem::Problem,
    },
    telemetry,
};

/// Seconds in which a scrape may finish at a shutdown; nothing else is worth waiting for.
const FINISH_SECONDS: u64 = 1;

pub(crate) fn serve(listener: TcpListener, scope: Scope, draining: Draining) -> io::Result<Server> {
    let scope = web::Data::new(scope);
    let options = Options { workers: 1, finish_seconds: FINISH_SECONDS, gate: None, draining };
    listener::serve(listener, options, move || {
        App::new()
            .app_data(scope.clone())
            .route("/livez", web::get().to(async || "alive"))
            .route("/readyz", web::get().to(readyz))
            .route("/readyz/{service}", web::get().to(readyz_of_service))
            .route("/metrics", web::get().to(metrics))
            .route("/version", web::get().to(version))
    })
}

async fn readyz(scope: web::Data<Scope>) -> HttpResponse {
    response(scope.report().await)
}

async fn readyz_of_service(
    scope: web::Data<Scope>,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let readiness = scope.service(&name).ok_or_else(|| Problem::not_found("service"))?;
    Ok(response(readiness.report().await))
}

fn response((ready, body): (bool, Value)) -> HttpResponse {
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(body)
}

/// The checks run first, so that their gauges are as fresh as the scrape.
async fn metrics(scope: web::Data<Scope>) -> String {
    scope.check().await;
    telemetry::render_metrics()
}

async fn version(scope: web::Data<Scope>) -> HttpResponse {
    let version = env!("CARGO_PKG_VERSION");
    HttpResponse::Ok().json(json!({"service": scope.name(), "version": version}))
}
