//! The admin port: `/livez`, `/readyz`, `/metrics`, `/version`. It must not be reachable from outside.
//!
//! It is served before the service waits for anything, so that an orchestrator can distinguish "still starting" from
//! "hung".

use std::{io, net::TcpListener};

use actix_web::{App, HttpResponse, dev::Server, web};
use serde_json::json;

use super::Readiness;
use crate::{http::listener, telemetry};

/// Seconds in which a scrape may finish at a shutdown; nothing else is worth waiting for.
const DRAIN_SECONDS: u64 = 1;

pub(crate) fn serve(listener: TcpListener, readiness: Readiness) -> io::Result<Server> {
    let readiness = web::Data::new(readiness);
    listener::serve(listener, 1, DRAIN_SECONDS, None, move || {
        App::new()
            .app_data(readiness.clone())
            .route("/livez", web::get().to(async || "alive"))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(metrics))
            .route("/version", web::get().to(version))
    })
}

async fn readyz(readiness: web::Data<Readiness>) -> HttpResponse {
    let (ready, body) = readiness.report().await;
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(body)
}

/// The checks run first, so that their gauges are as fresh as the scrape.
async fn metrics(readiness: web::Data<Readiness>) -> String {
    let _ = readiness.statuses().await;
    telemetry::render_metrics()
}

async fn version(readiness: web::Data<Readiness>) -> HttpResponse {
    let version = env!("CARGO_PKG_VERSION");
    HttpResponse::Ok().json(json!({"service": readiness.service, "version": version}))
}
