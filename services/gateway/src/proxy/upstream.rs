//! The way to the services: pooled connections, allow-listed headers, a deadline, answers streamed.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header as web_header},
    web::Bytes,
};
use anyhow::Context as _;
use kit::{client::plain::PerThread, http::problem::Problem, service::Kit};
use reqwest::{
    Method, Response,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};

/// Milliseconds that the service has left; it may give up earlier.
const DEADLINE: HeaderName = HeaderName::from_static("x-deadline-ms");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// All that services get to see of a caller's headers. Nothing that the gateway itself vouches for is among them.
const PASSED_ON: &[&str] = &[
    "content-type",
    "accept",
    "accept-language",
    "if-match",
    "if-none-match",
    "idempotency-key",
    "x-request-id",
];
/// Headers of one connection (RFC 9110 §7.6.1), and those that the gateway sets itself.
const NOT_PASSED_BACK: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "date",
    "server",
    "set-cookie",
    "x-request-id",
];
/// Answers up to this many bytes are sent whole, longer ones as they come.
const WHOLE: u64 = 64 * 1024;
/// The longest deadline of any route; each request sets its own.
const LONGEST: Duration = Duration::from_mins(1);

/// One question to a service.
pub(crate) struct Ask {
    pub(crate) service: &'static str,
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    /// The internal token, as a whole Authorization header.
    pub(crate) token: Option<HeaderValue>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) deadline: Duration,
}

/// The services' addresses and the clients.
pub(crate) struct Upstream {
    http: PerThread,
    bases: Vec<(&'static str, String)>,
}

impl Upstream {
    pub(crate) fn new(kit: &Kit) -> anyhow::Result<Self> {
        let mut bases = Vec::new();
        for entry in crate::table::table() {
            if !bases.iter().any(|(service, _)| *service == entry.service) {
                let base = kit.url(entry.service)?;
                bases.push((entry.service, base.trim_end_matches('/').to_owned()));
            }
        }
        Ok(Self { http: PerThread::new(LONGEST)?, bases })
    }

    /// Asks; whatever the service answers is an answer.
    pub(crate) async fn send(&self, ask: Ask) -> Result<Response, Problem> {
        let request = self.request(ask).map_err(|error| Problem::internal(&error))?;
        let retry = request.try_clone();
        let http = self.http.here();
        match (http.execute(request).await, retry) {
            // Nothing was sent yet: a replica that just went away must not be the caller's business.
            (Err(error), Some(retry)) if error.is_connect() && !error.is_timeout() => {
                http.execute(retry).await
            }
            (outcome, _) => outcome,
        }
        .map_err(|error| failed(&error))
    }

    fn request(&self, ask: Ask) -> anyhow::Result<reqwest::Request> {
        let base = self.bases.iter().find(|(service, _)| *service == ask.service);
        let (_, base) = base.with_context(|| format!("no address of {}", ask.service))?;
        let url = url::Url::parse(&format!("{base}{}", ask.path_and_query)).context("address")?;
        let mut request = reqwest::Request::new(ask.method, url);
        *request.timeout_mut() = Some(ask.deadline);
        let headers = request.headers_mut();
        *headers = ask.headers;
        if let Some(token) = ask.token {
            headers.insert(AUTHORIZATION, token);
        }
        headers.insert(DEADLINE, u64::try_from(ask.deadline.as_millis())?.into());
        if let Some(traceparent) = kit::telemetry::propagation::current_traceparent() {
            headers.insert(TRACEPARENT, HeaderValue::from_str(&traceparent)?);
        }
        if !ask.body.is_empty() {
            *request.body_mut() = Some(ask.body.into());
        }
        Ok(request)
    }
}

fn failed(error: &reqwest::Error) -> Problem {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    tracing::warn!(cause, timeout = error.is_timeout(), "upstream service did not answer");
    if error.is_timeout() && !error.is_connect() {
        let title = "The service did not answer in time";
        return Problem::new(StatusCode::GATEWAY_TIMEOUT, "upstream_timeout", title);
    }
    Problem::unavailable("The service")
}

/// The headers of a caller's request that a service gets to see.
pub(crate) fn passed_on(req: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(PASSED_ON.len() + 3);
    for name in PASSED_ON {
        for value in req.headers().get_all(*name) {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
    }
    headers
}

/// The same for a page, whose form is no body that a service would understand.
pub(crate) fn passed_on_of_page(req: &HttpRequest) -> HeaderMap {
    let mut headers = passed_on(req);
    headers.remove("content-type");
    headers.remove("accept");
    headers
}

/// A service's answer as the caller gets it.
pub(crate) async fn pass_back(response: Response) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(response.status().as_u16())
        .map_err(|_odd| Problem::unavailable("The service"))?;
    if status == StatusCode::UNAUTHORIZED {
        // Our own token was refused: nothing the caller could mend.
        return Err(Problem::unavailable("The service"));
    }
    let mut answer = HttpResponse::build(status);
    let named_by_connection = connection_names(response.headers());
    for (name, value) in response.headers() {
        let name = name.as_str();
        let is_dropped = NOT_PASSED_BACK.contains(&name)
            || name.starts_with("access-control-")
            || named_by_connection.iter().any(|dropped| dropped == name);
        if !is_dropped && let Ok(value) = web_header::HeaderValue::from_bytes(value.as_bytes()) {
            answer.append_header((name, value));
        }
    }
    if response.content_length().is_some_and(|length| length <= WHOLE) {
        let body = response.bytes().await.map_err(|error| failed(&error))?;
        return Ok(answer.body(body));
    }
    Ok(answer.streaming(response.bytes_stream()))
}

fn connection_names(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all("connection").iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_lowercase()).collect()
}
