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
use reqwest::Response;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use url::form_urlencoded;

use super::{problems, renderer::Confirmation};
use crate::{
    app::App,
    edge::{self, http::serve_own},
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

/// A form has one short field.
const MAX_FORM: usize = 4 * 1024;

/// What the service returns for a link.
enum Link {
    Valid(Box<Confirmation>),
    /// Unknown, expired or malformed.
    Gone,
    /// The campaign is closed.
    Closed,
    /// Nothing was confirmed, and the page must be shown again for this reason.
    Unconfirmed(String),
}

/// Why nothing was confirmed.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: String,
    #[serde(default)]
    errors: Vec<RefusedPart>,
}

#[derive(Deserialize)]
struct RefusedPart {
    pointer: String,
}

/// `GET /confirm/{link}`
pub(crate) async fn show(app: Data<App>, req: HttpRequest) -> HttpResponse {
    serve_own(&app, &req, async |_client| Ok(respond(&app, look(&app, &req).await, None))).await
}

/// `POST /confirm/{link}`
pub(crate) async fn confirm(app: Data<App>, req: HttpRequest, form: Payload) -> HttpResponse {
    serve_own(&app, &req, async |_client| {
        let form = edge::http::body::read(form.into_inner(), MAX_FORM, DEADLINE).await?;
        match press(&app, &req, &form).await {
            Ok(Link::Unconfirmed(notice)) => {
                Ok(respond(&app, look(&app, &req).await, Some(&notice)))
            }
            link => Ok(respond(&app, link, None)),
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

fn respond(app: &App, link: Result<Link, Problem>, notice: Option<&str>) -> HttpResponse {
    match link {
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
                link.err().map_or(StatusCode::SERVICE_UNAVAILABLE, |problem| problem.status());
            let text = "Nothing was changed. Please try the same link again in a few minutes.";
            let mut page = message(app, status, "Not now, sorry", text);
            page.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
            page
        }
    }
}

async fn look(app: &App, req: &HttpRequest) -> Result<Link, Problem> {
    ask(app, req, Method::Get, None).await
}

async fn press(app: &App, req: &HttpRequest, form: &[u8]) -> Result<Link, Problem> {
    let token = form_urlencoded::parse(form).find(|(name, _)| name == "token");
    let body = json!({ "token": token.map(|(_, token)| token) });
    ask(app, req, Method::Post, Some(body.to_string())).await
}

async fn ask(
    app: &App,
    req: &HttpRequest,
    method: Method,
    body: Option<String>,
) -> Result<Link, Problem> {
    let link = req.match_info().get("link").unwrap_or_default();
    let Some(tenant_id) = link_tenant(link) else { return Ok(Link::Gone) };
    let kind = body.as_ref().map(|_| ("content-type", b"application/json".as_slice()));
    let request = UpstreamRequest {
        service: OWNER,
        method,
        path_and_query: format!("/v1/confirmations/{link}"),
        template: "/v1/confirmations/{link}",
        token: Some(app.tokens.for_link(tenant_id, OWNER)?),
        body: body.map(Into::into),
        deadline: DEADLINE,
    };
    let headers = proxy::http::headers(req, FORWARDED).chain(kind);
    read(app.upstream.send(request, headers).await?).await
}

async fn read(response: Response) -> Result<Link, Problem> {
    match response.status().as_u16() {
        200..300 => Ok(Link::Valid(Box::new(json_of(response).await?))),
        404 | 410 => Ok(Link::Gone),
        409 => {
            let refusal: Refusal = json_of(response).await?;
            Ok(refusal.notice().map_or(Link::Closed, Link::Unconfirmed))
        }
        status => {
            tracing::warn!(status, "failed to look up a confirmation");
            Err(Problem::unavailable("The campaign"))
        }
    }
}

async fn json_of<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let body = response.bytes().await.map_err(|_truncated| Problem::unavailable("The campaign"))?;
    serde_json::from_slice(&body).map_err(|error| Problem::internal(&error.into()))
}

impl Refusal {
    /// What to tell the supporter when they are shown the page again; none if the campaign is closed.
    fn notice(&self) -> Option<String> {
        match self.code.as_str() {
            "confirmation_unread" => {
                Some("Nothing is confirmed yet. Please read this page, then confirm.".to_owned())
            }
            "confirmation_changed" => Some(format!(
                "Since you opened this page, your message has changed ({}). Nothing is confirmed yet: please read it \
                 again, then confirm.",
                self.changes().join(", ")
            )),
            _ => None,
        }
    }

    fn changes(&self) -> Vec<&'static str> {
        let parts = [
            ("/message/to", "who gets it"),
            ("/message/subject", "its subject"),
            ("/message/body", "its text"),
        ];
        let changed = |pointer: &str| self.errors.iter().any(|part| part.pointer == pointer);
        parts.into_iter().filter(|(pointer, _)| changed(pointer)).map(|(_, name)| name).collect()
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
