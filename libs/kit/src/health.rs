//! The admin port: `/livez`, `/readyz` with each dependency named, `/metrics`, `/version`. Never exposed outside.

use std::{net::TcpListener, pin::Pin, sync::Arc, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, web};
use serde_json::json;

use crate::telemetry;

/// A dependency that does not answer within this is down.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Nothing or a note when all is well; else why it is not.
type CheckFut = Pin<Box<dyn Future<Output = anyhow::Result<Option<String>>> + Send>>;

/// A dependency that must answer for the service to be ready.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    run: Arc<dyn Fn() -> CheckFut + Send + Sync>,
}

impl Check {
    /// Names a dependency and how to ask it.
    pub fn new<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self::noted(name, move || {
            let asked = run();
            async move { asked.await.map(|()| None) }
        })
    }

    /// The same for one that may be well and still have something to tell an operator.
    pub fn noted<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<Option<String>>> + Send + 'static,
    {
        Self { name, run: Arc::new(move || Box::pin(run())) }
    }

    async fn ask(&self) -> Result<String, String> {
        match tokio::time::timeout(CHECK_TIMEOUT, (self.run)()).await {
            Ok(Ok(None)) => Ok("ok".to_owned()),
            Ok(Ok(Some(note))) => Ok(format!("ok: {note}")),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

struct Admin {
    service: &'static str,
    checks: Vec<Check>,
}

/// Serves the admin port.
pub(crate) fn serve(
    service: &'static str,
    listener: TcpListener,
    checks: Vec<Check>,
) -> std::io::Result<Server> {
    let admin = web::Data::new(Admin { service, checks });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(admin.clone())
            .route("/livez", web::get().to(async || "alive"))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(async || telemetry::render_metrics()))
            .route("/version", web::get().to(version))
    });
    Ok(server.workers(1).disable_signals().shutdown_timeout(1).listen(listener)?.run())
}

async fn readyz(admin: web::Data<Admin>) -> HttpResponse {
    let mut ready = true;
    let mut told = serde_json::Map::new();
    for check in &admin.checks {
        let outcome = check.ask().await;
        ready &= outcome.is_ok();
        let (Ok(text) | Err(text)) = outcome;
        told.insert(check.name.to_owned(), json!(text));
    }
    let body = json!({"service": admin.service, "ready": ready, "checks": told});
    if ready {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}

async fn version(admin: web::Data<Admin>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"service": admin.service, "version": env!("CARGO_PKG_VERSION")}))
}
