//! Admits each request, lets its handler respond, and completes the response.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::header::{AUTHORIZATION, FORWARDED, HeaderValue, ORIGIN, X_FORWARDED_FOR},
    web::Data,
};
use kit::http::problem::Problem;

use super::client_info::ClientInfo;
use crate::{
    app::App,
    error::Error,
    limits::policy::Demand,
    table::{self, Entry},
};

pub(crate) mod body;
pub(crate) mod cors;
mod head;
mod response;

/// Longest Origin header that is considered.
const MAX_ORIGIN: usize = 300;

/// Handles any request: its network is counted before anything else is done.
pub(crate) async fn serve<R: Responder<Body = BoxBody>>(
    app: &App,
    req: &HttpRequest,
    handle: impl AsyncFnOnce(&mut ClientInfo) -> Result<R, Problem>,
) -> HttpResponse {
    let mut client = client_info(app, req);
    let result = match admit(app, req, &mut client) {
        Ok(()) => handle(&mut client).await.map(|reply| reply.respond_to(req)),
        Err(refused) => Err(refused.into()),
    };
    response::complete(app, &client, result).await
}

/// Handles a request for one of the gateway's own routes, which only have limits by network.
pub(crate) async fn serve_own<R: Responder<Body = BoxBody>>(
    app: &Data<App>,
    req: &HttpRequest,
    handle: impl AsyncFnOnce(&mut ClientInfo) -> Result<R, Problem>,
) -> HttpResponse {
    serve(app, req, async |client| {
        let pattern = req.match_pattern().unwrap_or_default();
        let entry = table::find(req.method().as_str(), &pattern).ok_or(Error::NoSuchPath)?;
        count(app, entry, client).await?;
        handle(client).await
    })
    .await
}

/// A path of the table with another method.
pub(crate) async fn method_not_allowed(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve(&app, &req, async |client| -> Result<HttpResponse, Problem> {
        let methods = cors::methods(&req.match_pattern().unwrap_or_default());
        Err(app.admission.miss(client, Error::MethodNotAllowed(methods)).into())
    })
    .await
}

/// A path that the table does not have.
pub(crate) async fn not_found(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve(&app, &req, async |client| -> Result<HttpResponse, Problem> {
        Err(app.admission.miss(client, Error::NoSuchPath).into())
    })
    .await
}

/// The Authorization header, if it is text.
pub(crate) fn authorization(req: &HttpRequest) -> Option<&str> {
    req.headers().get(AUTHORIZATION)?.to_str().ok()
}

fn client_info(app: &App, req: &HttpRequest) -> ClientInfo {
    let peer = req.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |addr| addr.ip());
    let lines = |name| req.headers().get_all(name).map(HeaderValue::as_bytes);
    let ip = app.trusted_proxies.client(peer, lines(X_FORWARDED_FOR), lines(FORWARDED));
    let origin = req.headers().get(ORIGIN).and_then(|value| value.to_str().ok());
    let origin = origin.filter(|text| text.len() <= MAX_ORIGIN).map(ToOwned::to_owned);
    let is_public = || req.match_pattern().is_some_and(|path| table::is_public_document(&path));
    let allows_any_origin = origin.is_some() && is_public();
    ClientInfo::new(ip, origin, allows_any_origin)
}

/// A network that sends too much may still use credentials that have a limit of their own and were valid a while ago.
fn admit(app: &App, req: &HttpRequest, client: &mut ClientInfo) -> Result<(), Error> {
    if let Err(refused) = app.admission.admit(client) {
        if !app.credentials.is_known(authorization(req)) {
            return Err(refused);
        }
        client.verdict = None;
    }
    head::check(req).map_err(|error| app.admission.miss(client, error))
}

async fn count(app: &App, entry: &Entry, client: &mut ClientInfo) -> Result<(), Error> {
    let Some(policies) = app.limiter.policies.find(entry.class) else { return Ok(()) };
    let holder = app.pseudonyms.network(client.network);
    client.apply(app.limiter.check(&[Demand { policy: &policies.network, holder }]).await)
}
