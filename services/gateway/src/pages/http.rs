//! `/confirm/{link}`: what the link is about, and the button. Unknown, expired and malformed links look the same.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    },
    web::{Data, Payload},
};
use kit::http::problem::Problem;

use super::{
    client::{self, Link},
    problems,
};
use crate::{
    app::App,
    edge::{self, http::serve_own},
    error::Error,
    proxy,
};

/// Headers of a page's request that the service gets. A form's body is not among what the service understands.
const FORWARDED: &[&str] =
    &["accept-language", "if-match", "if-none-match", "idempotency-key", "x-request-id"];
/// A form arrives no slower than this.
const DEADLINE: Duration = Duration::from_secs(10);
/// A form has one short field.
const MAX_FORM: usize = 4 * 1024;

/// `GET /confirm/{link}`
pub(crate) async fn show(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve_own(&app, &req, async |_client| Ok(respond(&app, look(&app, &req).await, None))).await
}

/// `POST /confirm/{link}`
pub(crate) async fn confirm(app: Data<App>, req: HttpRequest, form: Payload) -> HttpResponse {
    serve_own(&app, &req, async |_client| {
        let form = edge::http::body::read(form.into_inner(), MAX_FORM, DEADLINE).await?;
        match client::press(&app, link(&req), &form, proxy::http::headers(&req, FORWARDED)).await {
            Ok(Link::Unconfirmed(notice)) => {
                Ok(respond(&app, look(&app, &req).await, Some(&notice)))
            }
            found => Ok(respond(&app, found, None)),
        }
    })
    .await
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

async fn look(app: &App, req: &HttpRequest) -> Result<Link, Problem> {
    client::look(app, link(req), proxy::http::headers(req, FORWARDED)).await
}

fn link(req: &HttpRequest) -> &str {
    req.match_info().get("link").unwrap_or_default()
}

fn respond(app: &App, found: Result<Link, Problem>, notice: Option<&str>) -> HttpResponse {
    match found {
        Ok(Link::Valid(confirmation)) => {
            let status = if notice.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
            page(app, status, app.renderer.confirmation(&confirmation, notice))
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
        Ok(Link::Unconfirmed(_)) | Err(_) => {
            let status =
                found.err().map_or(StatusCode::SERVICE_UNAVAILABLE, |problem| problem.status());
            let text = "Nothing was changed. Please try the same link again in a few minutes.";
            let mut page = message(app, status, "Not now, sorry", text);
            page.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
            page
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
