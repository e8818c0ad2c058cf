//! Asks the service that knows what a link is about, and confirms there.

use std::{iter, time::Duration};

use kit::http::problem::Problem;
use reqwest::Response;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use url::form_urlencoded;

use super::renderer::Confirmation;
use crate::{
    app::App,
    exchange::domain::link_tenant,
    proxy::client::{UpstreamRequest, within},
    table::Method,
};

const OWNER: &str = "campaigns";
/// A person waits no longer than this.
const DEADLINE: Duration = Duration::from_secs(10);
/// What the service returns for a link.
pub(super) enum Link {
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

pub(super) async fn look<'a>(
    app: &App,
    link: &str,
    headers: impl Iterator<Item = (&'static str, &'a [u8])>,
) -> Result<Link, Problem> {
    ask(app, link, Method::Get, None, headers).await
}

pub(super) async fn press<'a>(
    app: &App,
    link: &str,
    form: &[u8],
    headers: impl Iterator<Item = (&'static str, &'a [u8])>,
) -> Result<Link, Problem> {
    let token = form_urlencoded::parse(form).find(|(name, _)| name == "token");
    let body = json!({ "token": token.map(|(_, token)| token) });
    let kind = iter::once(("content-type", b"application/json".as_slice()));
    ask(app, link, Method::Post, Some(body.to_string()), headers.chain(kind)).await
}

async fn ask<'a>(
    app: &App,
    link: &str,
    method: Method,
    body: Option<String>,
    headers: impl Iterator<Item = (&'static str, &'a [u8])>,
) -> Result<Link, Problem> {
    let Some(tenant_id) = link_tenant(link) else { return Ok(Link::Gone) };
    let request = UpstreamRequest {
        service: OWNER,
        method,
        is_head: false,
        path_and_query: format!("/v1/confirmations/{link}"),
        template: "/v1/confirmations/{link}",
        token: Some(app.tokens.for_link(tenant_id, OWNER)?),
        body: body.map(Into::into),
        deadline: DEADLINE,
    };
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
    let body = within(DEADLINE, response.bytes()).await?;
    let body = body.map_err(|_truncated| Problem::unavailable("The campaign"))?;
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
