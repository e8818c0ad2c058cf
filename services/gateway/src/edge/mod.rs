//! What holds for every request whatever it asks: its size, where it comes from, CORS, security headers, the access line.

pub(crate) mod body;
pub(crate) mod cors;
pub(crate) mod finish;
pub(crate) mod forwarded;
pub(crate) mod head;
mod hops;
pub(crate) mod origins;
pub(crate) mod visit;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use kit::problem::Problem;

use self::visit::Visit;
use crate::{
    app::App,
    limits::Demand,
    table::{self, Entry},
};

/// Serves one of the gateway's own routes: limits by network, then the handler.
pub(crate) async fn own(
    app: &Data<App>,
    req: &HttpRequest,
    handle: impl AsyncFnOnce(&Visit) -> Result<HttpResponse, Problem>,
) -> HttpResponse {
    let mut visit = Visit::of(req, &app.trusted_proxies);
    let pattern = req.match_pattern().unwrap_or_default();
    let answer = match table::own(req.method(), &pattern) {
        Some(entry) => admit_and(app, req, entry, &mut visit, handle).await,
        None => Err(Problem::not_found("path")),
    };
    finish::finish(app, &visit, answer).await
}

async fn admit_and(
    app: &Data<App>,
    req: &HttpRequest,
    entry: &Entry,
    visit: &mut Visit,
    handle: impl AsyncFnOnce(&Visit) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    head::check(req)?;
    if let Some(policies) = app.limiter.policies.of(entry.class) {
        let whose = app.network_hash(visit.network);
        let demand = Demand { policy: &policies.network, whose };
        let verdict = app.limiter.check(&[demand]).await;
        let refusal = verdict.refusal();
        visit.verdict = Some(verdict);
        refusal.map_or(Ok(()), Err)?;
    }
    handle(visit).await
}

/// A path of the table with another method.
pub(crate) async fn method_not_allowed(app: Data<App>, req: HttpRequest) -> HttpResponse {
    let visit = Visit::of(&req, &app.trusted_proxies);
    let pattern = req.match_pattern().unwrap_or_default();
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let problem = Problem::new(status, "method_not_allowed", "This path has no such method")
        .header("allow", cors::methods_of(&pattern));
    finish::finish(&app, &visit, Err(problem)).await
}

/// A path that the table does not have.
pub(crate) async fn not_found(app: Data<App>, req: HttpRequest) -> HttpResponse {
    let visit = Visit::of(&req, &app.trusted_proxies);
    finish::finish(&app, &visit, Err(Problem::not_found("path"))).await
}
