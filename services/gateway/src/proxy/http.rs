//! The way of a request through the gateway, in the order it goes.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, dev::Payload, http::header, web, web::Data};
use contracts::geolocation::CLIENT_ADDRESS;
use kit::http::problem::Problem;
use reqwest::{Method, header::HeaderValue};
use uuid::Uuid;

use super::upstream::{self, Ask};
use crate::{
    app::App,
    edge::{self, body, cors, visit::Visit},
    exchange::domain::{self, Holder, Refusal},
    limits::policy::Demand,
    table::{Access, Class, Entry},
};

/// Who calls, once that is known.
enum Caller {
    Holder(Arc<Holder>),
    Link(Uuid),
    Nobody,
}

/// Handles every route of the table that another service owns.
pub(crate) async fn forward(
    entry: &'static Entry,
    app: Data<App>,
    req: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let payload = payload.into_inner();
    edge::serve(&app, &req, async |visit| answer(entry, &app, &req, payload, visit).await).await
}

async fn answer(
    entry: &'static Entry,
    app: &App,
    req: &HttpRequest,
    payload: Payload,
    visit: &mut Visit,
) -> Result<HttpResponse, Problem> {
    let caller = identify(entry, app, req, visit).await?;
    count(entry, app, req, visit, &caller).await?;
    permit(entry, app, &caller, visit).await?;
    let body = read(entry, req, payload).await?;
    let token = token(entry, app, &caller)?;
    let mut headers = upstream::passed_on(req);
    if entry.tells_address
        && let Ok(address) = HeaderValue::from_str(&visit.ip.to_string())
    {
        headers.insert(CLIENT_ADDRESS, address);
    }
    let path_and_query = req.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let ask = Ask {
        service: entry.service,
        method: Method::from_bytes(entry.method.as_str().as_bytes())
            .map_err(|_odd| Problem::bad_request("method"))?,
        path_and_query,
        token,
        headers,
        body,
        deadline: Duration::from_secs(entry.deadline_seconds),
    };
    upstream::pass_back(app.upstream.send(ask).await?).await
}

async fn identify(
    entry: &Entry,
    app: &App,
    req: &HttpRequest,
    visit: &mut Visit,
) -> Result<Caller, Problem> {
    match entry.access {
        Access::Public => Ok(Caller::Nobody),
        Access::Link => {
            let tenant_id = req.match_info().get("link").and_then(domain::tenant_of_link);
            let malformed = || app.door.missed(visit, Problem::not_found("link"));
            tenant_id.map(Caller::Link).ok_or_else(malformed)
        }
        Access::Scope(_) | Access::PublicVerb(_) => {
            let header = edge::authorization(req);
            app.lookup.holder(header, &app.door, visit).await.map(Caller::Holder)
        }
    }
}

/// Whether the holder of a credential may call this. It is counted already: refusals too have a limit.
async fn permit(
    entry: &Entry,
    app: &App,
    caller: &Caller,
    visit: &mut Visit,
) -> Result<(), Problem> {
    let Caller::Holder(holder) = caller else { return Ok(()) };
    let is_live = match (&visit.origin, holder.principal.publishable) {
        (Some(origin), false) => app.origins.has(origin).await?,
        _ => false,
    };
    holder.may(entry.access, visit.origin.as_deref(), is_live).map_err(refused)?;
    visit.origin_is_the_keys = visit.origin.is_some();
    Ok(())
}

fn refused(refusal: Refusal) -> Problem {
    let status = actix_web::http::StatusCode::FORBIDDEN;
    match refusal {
        Refusal::Scope(scope) => Problem::forbidden(scope),
        Refusal::Origin => cors::origin_refused(),
        Refusal::Publishable => {
            let title = "Publishable keys may not do this: use a secret key on a server";
            Problem::new(status, "publishable_key_not_allowed", title)
        }
        Refusal::SecretInBrowser => {
            let title = "A secret key was sent by a browser: revoke it, and use a publishable key";
            Problem::new(status, "secret_key_in_browser", title)
        }
    }
}

/// Counts against all limits of the request at once. A server with a secret key speaks for many people: its network is
/// not theirs, so it has no limit there, and the door gives the request back.
async fn count(
    entry: &Entry,
    app: &App,
    req: &HttpRequest,
    visit: &mut Visit,
    caller: &Caller,
) -> Result<(), Problem> {
    let Some(policies) = app.limiter.policies.of(entry.class) else { return Ok(()) };
    let mut demands = Vec::with_capacity(3);
    let mut by_network = true;
    if let Caller::Holder(holder) = caller {
        let principal = &holder.principal;
        by_network = principal.publishable;
        let policy =
            if principal.publishable { &policies.publishable } else { &policies.credential };
        demands.push(Demand { policy, holder: principal.actor_id.simple().to_string() });
    }
    if by_network {
        let holder = app.network_hash(visit.network);
        demands.push(Demand { policy: &policies.network, holder });
    } else {
        app.door.give_back(visit);
    }
    // By tenant too: whoever knows the id of another's campaign uses up nothing of it.
    if entry.class == Class::Act
        && let Caller::Holder(holder) = caller
        && let Some(id) = req.match_info().get("id").and_then(|id| id.parse::<Uuid>().ok())
    {
        let policy = &app.limiter.policies.campaign;
        let holder = format!("{}.{}", holder.principal.tenant_id.simple(), id.simple());
        demands.push(Demand { policy, holder });
    }
    let verdict = app.limiter.check(&demands).await;
    let refusal = verdict.refusal();
    visit.verdict = Some(verdict);
    refusal.map_or(Ok(()), Err)
}

async fn read(entry: &Entry, req: &HttpRequest, payload: Payload) -> Result<web::Bytes, Problem> {
    let announced = req.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|length| length > entry.max_body) {
        let status = actix_web::http::StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Problem::new(status, "too_large", "The body is too large")
            .detail(format!("at most {} bytes", entry.max_body)));
    }
    body::read(payload, entry.max_body, Duration::from_secs(entry.deadline_seconds)).await
}

fn token(entry: &Entry, app: &App, caller: &Caller) -> Result<Option<HeaderValue>, Problem> {
    match caller {
        Caller::Holder(holder) => app.tokens.of_holder(holder, entry.service).map(Some),
        Caller::Link(tenant_id) => app.tokens.of_link(*tenant_id, entry.service).map(Some),
        Caller::Nobody => Ok(None),
    }
}
