//! `/confirm/{link}`: what the link is about, and the button. Unknown, expired and malformed links look the same.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    web::{Bytes, Data},
};
use kit::problem::Problem;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};

use super::render::Confirmation;
use crate::{app::App, edge, exchange::domain, proxy::upstream::Ask};

/// The service that knows what a link is about.
const OWNER: &str = "campaigns";
/// A person waits no longer than this.
const DEADLINE: Duration = Duration::from_secs(10);
/// State of what is confirmed already.
const CONFIRMED: &str = "confirmed";

/// `GET /confirm/{link}`
pub(crate) async fn show(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| {
        Ok(match ask(&app, &req, Method::GET).await {
            Ok(Some(told)) => told_page(&app, &told, told.state == CONFIRMED),
            Ok(None) => gone(&app),
            Err(problem) => failed(&app, &problem),
        })
    })
    .await
}

/// `POST /confirm/{link}`
pub(crate) async fn confirm(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| {
        // Read first: afterwards the owner may tell less.
        let told = match ask(&app, &req, Method::GET).await {
            Ok(Some(told)) => told,
            Ok(None) => return Ok(gone(&app)),
            Err(problem) => return Ok(failed(&app, &problem)),
        };
        Ok(match send(&app, &req, Method::POST).await {
            Ok(Some(_body)) => told_page(&app, &told, true),
            Ok(None) => gone(&app),
            Err(problem) => failed(&app, &problem),
        })
    })
    .await
}

async fn ask(
    app: &App,
    req: &HttpRequest,
    method: Method,
) -> Result<Option<Confirmation>, Problem> {
    let Some(body) = send(app, req, method).await? else { return Ok(None) };
    let told = serde_json::from_slice(&body).map_err(|error| Problem::internal(&error.into()))?;
    Ok(Some(told))
}

/// The owner's answer; none when the link does not hold.
async fn send(app: &App, req: &HttpRequest, method: Method) -> Result<Option<Bytes>, Problem> {
    let link = req.match_info().get("link").unwrap_or_default();
    let Some(tenant_id) = domain::tenant_of_link(link) else { return Ok(None) };
    let mut headers = HeaderMap::new();
    let mut body = Bytes::new();
    if method == Method::POST {
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        body = Bytes::from_static(b"{}");
    }
    let ask = Ask {
        service: OWNER,
        method,
        path_and_query: format!("/v1/confirmations/{link}"),
        token: Some(app.tokens.of_link(tenant_id, OWNER)?),
        headers,
        body,
        deadline: DEADLINE,
    };
    let response = app.upstream.send(ask).await?;
    match response.status().as_u16() {
        200..300 => response.bytes().await.map(Some).map_err(|_cut| unavailable()),
        404 | 410 => Ok(None),
        status => {
            tracing::warn!(status, "a confirmation was not answered");
            Err(unavailable())
        }
    }
}

fn unavailable() -> Problem {
    Problem::unavailable("The campaign")
}

fn told_page(app: &App, told: &Confirmation, done: bool) -> HttpResponse {
    page(app, StatusCode::OK, app.renderer.confirmation(told, done))
}

fn gone(app: &App) -> HttpResponse {
    let text = "The link is unknown, or its time is over. If you still want to take part, please \
                fill in the campaign's form again.";
    page(app, StatusCode::NOT_FOUND, app.renderer.message("This link does not work", text))
}

fn failed(app: &App, problem: &Problem) -> HttpResponse {
    let text = "Nothing was changed. Please try the same link again in a few minutes.";
    let mut page = page(app, problem.status(), app.renderer.message("Not now, sorry", text));
    page.headers_mut().insert(
        actix_web::http::header::RETRY_AFTER,
        actix_web::http::header::HeaderValue::from_static("60"),
    );
    page
}

/// An HTML answer that loads nothing, is stored nowhere and sends nobody its address.
pub(crate) fn page(app: &App, status: StatusCode, html: anyhow::Result<String>) -> HttpResponse {
    let html = match html {
        Ok(html) => html,
        Err(error) => {
            return actix_web::ResponseError::error_response(&Problem::internal(&error));
        }
    };
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, app.renderer.policy()))
        .body(html)
}
