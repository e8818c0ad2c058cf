//! What holds for every request whatever it asks: the door, its size, where it comes from, CORS, security headers, the access
//! line.

pub(crate) mod body;
pub(crate) mod connections;
pub(crate) mod cors;
pub(crate) mod door;
pub(crate) mod finish;
pub(crate) mod forwarded;
pub(crate) mod head;
mod hops;
pub(crate) mod origins;
pub(crate) mod visit;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use kit::http::problem::Problem;

use self::visit::Visit;
use crate::{
    app::App,
    limits::policy::Demand,
    table::{self, Entry},
};

/// Every request passes here: it is counted by its network before anything else, then handled, then finished.
pub(crate) async fn serve(
    app: &App,
    req: &HttpRequest,
    handle: impl AsyncFnOnce(&mut Visit) -> Result<HttpResponse, Problem>,
) -> HttpResponse {
    let mut visit = Visit::of(req, &app.trusted_proxies);
    let answer = match enter(app, req, &mut visit) {
        Ok(()) => handle(&mut visit).await,
        Err(refused) => Err(refused),
    };
    finish::finish(app, &visit, answer).await
}

/// A network that sends too much keeps the credentials of its own that were valid a moment ago.
fn enter(app: &App, req: &HttpRequest, visit: &mut Visit) -> Result<(), Problem> {
    if let Err(refused) = app.door.enter(visit) {
        if !app.lookup.vouches(authorization(req)) {
            return Err(refused);
        }
        visit.verdict = None;
    }
    head::check(req).map_err(|problem| app.door.missed(visit, problem))
}

/// Serves one of the gateway's own routes: limits by network, then the handler.
pub(crate) async fn own(
    app: &Data<App>,
    req: &HttpRequest,
    handle: impl AsyncFnOnce(&mut Visit) -> Result<HttpResponse, Problem>,
) -> HttpResponse {
    serve(app, req, async |visit| {
        let pattern = req.match_pattern().unwrap_or_default();
        let entry = table::own(req.method(), &pattern);
        admit(app, entry.ok_or_else(no_such_path)?, visit).await?;
        handle(visit).await
    })
    .await
}

async fn admit(app: &App, entry: &Entry, visit: &mut Visit) -> Result<(), Problem> {
    let Some(policies) = app.limiter.policies.of(entry.class) else { return Ok(()) };
    let holder = app.network_hash(visit.network);
    let verdict = app.limiter.check(&[Demand { policy: &policies.network, holder }]).await;
    let refusal = verdict.refusal();
    visit.verdict = Some(verdict);
    refusal.map_or(Ok(()), Err)
}

/// A path of the table with another method.
pub(crate) async fn method_not_allowed(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve(&app, &req, async |visit| {
        let pattern = req.match_pattern().unwrap_or_default();
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let problem = Problem::new(status, "method_not_allowed", "Method not allowed")
            .header("allow", cors::methods_of(&pattern));
        Err(app.door.missed(visit, problem))
    })
    .await
}

/// A path that the table does not have.
pub(crate) async fn not_found(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve(&app, &req, async |visit| Err(app.door.missed(visit, no_such_path()))).await
}

/// The Authorization header, when it is text.
pub(crate) fn authorization(req: &HttpRequest) -> Option<&str> {
    req.headers().get(header::AUTHORIZATION)?.to_str().ok()
}

fn no_such_path() -> Problem {
    Problem::not_found("path")
}
