//! `/confirm/{link}`: what the link is about, and the button. Unknown, expired and malformed links look the same.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    },
    web::Data,
};
use kit::http::problem::Problem;

use super::{problems, renderer::Confirmation};
use crate::{
    app::App,
    edge::http::serve_own,
    error::Error,
    exchange::domain::link_tenant,
    proxy::{self, client::UpstreamRequest},
    table::Method,
};

/// The service that knows what a link is about.
const OWNER: &str = "campaigns";
/// A person waits no longer than this.
const DEADLINE: Duration = Duration::from_secs(10);
/// Headers of a page's request that the service gets. A form's body is not among what the service understands.
const FORWARDED: &[&str] =
    &["accept-language", "if-match", "if-none-match", "idempotency-key", "x-request-id"];

/// What the service returns for a link.
enum Link {
    Valid(Box<Confirmation>),
    /// Unknown, expired or malformed.
    Gone,
    /// The campaign is closed.
    Closed,
}

/// `GET /confirm/{link}`
pub(crate) async fn show(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve_own(&app, &req, async |_client| Ok(respond(&app, &req, Method::Get).await)).await
}

/// `POST /confirm/{link}`
pub(crate) async fn confirm(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve_own(&app, &req, async |_client| Ok(respond(&app, &req, Method::Post).await)).await
}

/// `GET /problems/{code}`
pub(crate) async fn problem(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve_own(&app, &req, async |_client| {
        let code = req.match_info().get("code").unwrap_or_default();
        let text = problems::explanation(code).ok_or(Error::NoSuchProblem)?;
        Ok(message(&app, StatusCode::OK, code, text))
    })
    .await
}

async fn respond(app: &App, req: &HttpRequest, method: Method) -> HttpResponse {
    match ask(app, req, method).await {
        Ok(Link::Valid(confirmation)) => {
            page(app, StatusCode::OK, app.renderer.confirmation(&confirmation))
        }
        Ok(Link::Gone) => {
            let text = "The link is unknown or has expired. If you still want to take part, please fill in the \
                        campaign's form again.";
            message(app, StatusCode::NOT_FOUND, "This link does not work", text)
        }
        Ok(Link::Closed) => {
            let text = "The campaign has ended, so nothing was counted or sent.";
            message(app, StatusCode::CONFLICT, "This campaign is over", text)
        }
        Err(problem) => {
            let text = "Nothing was changed. Please try the same link again in a few minutes.";
            let mut page = message(app, problem.status(), "Not now, sorry", text);
            page.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
            page
        }
    }
}

async fn ask(app: &App, req: &HttpRequest, method: Method) -> Result<Link, Problem> {
    let link = req.match_info().get("link").unwrap_or_default();
    let Some(tenant_id) = link_tenant(link) else { return Ok(Link::Gone) };
    let request = UpstreamRequest {
        service: OWNER,
        method,
        path_and_query: format!("/v1/confirmations/{link}"),
        template: "/v1/confirmations/{link}",
        token: Some(app.tokens.for_link(tenant_id, OWNER)?),
        body: None,
        deadline: DEADLINE,
    };
    let response = app.upstream.send(request, proxy::http::headers(req, FORWARDED)).await?;
    match response.status().as_u16() {
        200..300 => {
            let body = response
                .bytes()
                .await
                .map_err(|_truncated| Problem::unavailable("The campaign"))?;
            let confirmation = serde_json::from_slice(&body);
            Ok(Link::Valid(confirmation.map_err(|error| Problem::internal(&error.into()))?))
        }
        404 | 410 => Ok(Link::Gone),
        409 => Ok(Link::Closed),
        status => {
            tracing::warn!(status, "failed to look up a confirmation");
            Err(Problem::unavailable("The campaign"))
        }
    }
}

fn message(app: &App, status: StatusCode, title: &str, text: &str) -> HttpResponse {
    page(app, status, app.renderer.message(title, text))
}

/// An HTML response that loads nothing, is not stored, and sends its address to nobody.
pub(crate) fn page(app: &App, status: StatusCode, html: anyhow::Result<String>) -> HttpResponse {
    match html {
        Ok(html) => HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_SECURITY_POLICY, app.renderer.policy()))
            .body(html),
        Err(error) => Problem::internal(&error).error_response(),
    }
}
