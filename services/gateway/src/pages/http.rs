//! `/confirm/{link}`: what the link is about, and the button. Unknown, expired and malformed links look the same.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    },
    web::{Bytes, Data},
};
use kit::http::problem::Problem;
use reqwest::Method;

use super::{problems, render::Confirmation};
use crate::{
    app::App,
    edge,
    exchange::domain,
    proxy::upstream::{self, Ask},
};

/// The service that knows what a link is about.
const OWNER: &str = "campaigns";
/// A person waits no longer than this.
const DEADLINE: Duration = Duration::from_secs(10);
/// State of what is confirmed already.
const CONFIRMED: &str = "confirmed";

/// What came of asking about a link.
enum Told {
    About(Box<Confirmation>),
    /// Unknown, expired or malformed.
    Gone,
    /// The campaign no longer takes part.
    Over,
}

/// `GET /confirm/{link}`
pub(crate) async fn show(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| Ok(answer(&app, &req, Method::GET).await)).await
}

/// `POST /confirm/{link}`
pub(crate) async fn confirm(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| Ok(answer(&app, &req, Method::POST).await)).await
}

async fn answer(app: &App, req: &HttpRequest, method: Method) -> HttpResponse {
    let posted = method == Method::POST;
    match ask(app, req, method).await {
        Ok(Told::About(told)) => {
            let done = posted || told.state == CONFIRMED;
            page(app, StatusCode::OK, app.renderer.confirmation(&told, done))
        }
        Ok(Told::Gone) => {
            let text = "The link is unknown, or its time is over. If you still want to take part, \
                        please fill in the campaign's form again.";
            sentence(app, StatusCode::NOT_FOUND, "This link does not work", text)
        }
        Ok(Told::Over) => {
            let text = "The campaign has ended, so nothing was counted or sent.";
            sentence(app, StatusCode::CONFLICT, "This campaign is over", text)
        }
        Err(problem) => {
            let text = "Nothing was changed. Please try the same link again in a few minutes.";
            let mut page = sentence(app, problem.status(), "Not now, sorry", text);
            page.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
            page
        }
    }
}

/// `GET /problems/{code}`
pub(crate) async fn problem(app: Data<App>, req: HttpRequest) -> HttpResponse {
    edge::own(&app, &req, async |_visit| {
        let code = req.match_info().get("code").unwrap_or_default();
        let found = problems::find(code).ok_or_else(|| Problem::not_found("problem"))?;
        Ok(sentence(&app, StatusCode::OK, found.code, found.text))
    })
    .await
}

fn sentence(app: &App, status: StatusCode, title: &str, text: &str) -> HttpResponse {
    page(app, status, app.renderer.message(title, text))
}

async fn ask(app: &App, req: &HttpRequest, method: Method) -> Result<Told, Problem> {
    let link = req.match_info().get("link").unwrap_or_default();
    let Some(tenant_id) = domain::tenant_of_link(link) else { return Ok(Told::Gone) };
    let ask = Ask {
        service: OWNER,
        method,
        path_and_query: format!("/v1/confirmations/{link}"),
        token: Some(app.tokens.of_link(tenant_id, OWNER)?),
        headers: upstream::passed_on_of_page(req),
        body: Bytes::new(),
        deadline: DEADLINE,
    };
    let response = app.upstream.send(ask).await?;
    match response.status().as_u16() {
        200..300 => {
            let body = response.bytes().await.map_err(|_cut| unavailable())?;
            let told = serde_json::from_slice(&body);
            Ok(Told::About(told.map_err(|error| Problem::internal(&error.into()))?))
        }
        404 | 410 => Ok(Told::Gone),
        409 => Ok(Told::Over),
        status => {
            tracing::warn!(status, "confirmation request got no answer");
            Err(unavailable())
        }
    }
}

fn unavailable() -> Problem {
    Problem::unavailable("The campaign")
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
