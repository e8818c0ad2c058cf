//! Requests to the services: pooled connections, a deadline, repetitions of what cannot have had an effect.

use std::{error::Error as _, time::Duration};

use anyhow::Context as _;
use contracts::services::GATEWAY;
use kit::{
    client::plain::{self, ThreadLocalClient},
    http::problem::Problem,
    service::Kit,
    telemetry::{
        calls::{self, Call},
        propagation::current_traceparent,
    },
};
use reqwest::{
    Body, Request, Response,
    header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::{
    error::Error,
    table::{self, Method},
};

/// Milliseconds that the service has left; it may give up earlier.
const DEADLINE: HeaderName = HeaderName::from_static("x-deadline-ms");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Room for the headers of most requests.
const HEADERS: usize = 10;

/// Headers of one connection (RFC 9110 §7.6.1), and those that the gateway sets itself.
const NOT_RETURNED: &[&str] = &[
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
/// Most time for a response with its body: a large download over a slow line. That for its start is the route's.
const LONGEST: Duration = Duration::from_hours(6);

/// A request to a service.
pub(crate) struct UpstreamRequest {
    pub(crate) service: &'static str,
    pub(crate) method: Method,
    /// Whether the caller sent HEAD to a route of GET.
    pub(crate) is_head: bool,
    pub(crate) path_and_query: String,
    /// The path as the table has it, without values.
    pub(crate) template: &'static str,
    /// The internal token, as a whole Authorization header.
    pub(crate) token: Option<HeaderValue>,
    pub(crate) body: Option<Body>,
    /// For the start of the response.
    pub(crate) deadline: Duration,
}

/// The services' addresses and the HTTP clients.
pub(crate) struct Upstream {
    http: ThreadLocalClient,
    bases: Vec<(&'static str, String)>,
}

impl Upstream {
    pub(crate) fn new(kit: &Kit) -> anyhow::Result<Self> {
        let mut bases = Vec::new();
        for entry in table::table() {
            if !bases.iter().any(|(service, _)| *service == entry.service) {
                let base = kit.url(entry.service)?;
                bases.push((entry.service, base.trim_end_matches('/').to_owned()));
            }
        }
        Ok(Self { http: ThreadLocalClient::new(LONGEST)?, bases })
    }

    /// Sends a request with these headers; any response counts as one, whatever its status.
    pub(crate) async fn send<'a>(
        &self,
        request: UpstreamRequest,
        headers: impl Iterator<Item = (&'static str, &'a [u8])>,
    ) -> Result<Response, Problem> {
        let span = Call {
            caller: GATEWAY.name,
            called: request.service,
            method: request.method.as_str(),
            template: Some(request.template),
            base: self.base(request.service).unwrap_or_default(),
        }
        .span();
        let sent = span.run(async {
            let deadline = request.deadline;
            let request =
                self.build(request, headers).map_err(|error| Problem::internal(&error))?;
            within(deadline, self.execute(request)).await?
        });
        let sent = sent.await;
        match &sent {
            Ok(response) => calls::responded(&span, response.status().as_u16()),
            Err(_) => span.fail("unavailable"),
        }
        sent
    }

    async fn execute(&self, request: Request) -> Result<Response, Problem> {
        let is_repeatable = request.method().is_safe();
        let sent = plain::send(self.http.client(), request, is_repeatable).await;
        sent.map_err(|error| failure(&error))
    }

    fn base(&self, service: &str) -> Option<&str> {
        let base = self.bases.iter().find(|(name, _)| *name == service);
        base.map(|(_, base)| base.as_str())
    }

    fn build<'a>(
        &self,
        upstream: UpstreamRequest,
        headers: impl Iterator<Item = (&'static str, &'a [u8])>,
    ) -> anyhow::Result<Request> {
        let base = self.base(upstream.service);
        let base = base.with_context(|| format!("no address of {}", upstream.service))?;
        let url = Url::parse(&format!("{base}{}", upstream.path_and_query)).context("address")?;
        let method = if upstream.is_head { "HEAD" } else { upstream.method.as_str() };
        let mut request = Request::new(reqwest::Method::from_bytes(method.as_bytes())?, url);
        *request.body_mut() = upstream.body;
        *request.headers_mut() = HeaderMap::with_capacity(HEADERS);
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                request.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        if let Some(token) = upstream.token {
            request.headers_mut().insert(AUTHORIZATION, token);
        }
        let deadline_ms = u64::try_from(upstream.deadline.as_millis())?;
        request.headers_mut().insert(DEADLINE, deadline_ms.into());
        if let Some(traceparent) = current_traceparent() {
            request.headers_mut().insert(TRACEPARENT, HeaderValue::from_str(&traceparent)?);
        }
        Ok(request)
    }
}

/// The length of the body, also that which HEAD leaves out.
pub(super) fn announced_length(response: &Response) -> Option<u64> {
    response.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The next part of a service's response, or the problem that it did not come within the deadline.
pub(crate) async fn within<T>(
    deadline: Duration,
    part: impl Future<Output = T>,
) -> Result<T, Problem> {
    tokio::time::timeout(deadline, part).await.map_err(|_elapsed| {
        tracing::warn!(timeout = true, "upstream service did not respond");
        Error::UpstreamTimeout.into()
    })
}

/// The problem of a service that did not respond, or not to the end.
pub(super) fn failure(error: &reqwest::Error) -> Problem {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    tracing::warn!(cause, timeout = error.is_timeout(), "upstream service did not respond");
    if error.is_timeout() && !error.is_connect() {
        return Error::UpstreamTimeout.into();
    }
    Problem::unavailable("The service")
}

/// The headers of a service's response that are the caller's business.
pub(super) fn returned_headers(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    let of_connection = connection_headers(headers);
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).filter(
        move |(name, _value)| {
            !NOT_RETURNED.contains(name)
                && !name.starts_with("access-control-")
                && !of_connection.iter().any(|dropped| dropped == name)
        },
    )
}

/// The headers that `Connection` names.
fn connection_headers(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all("connection").iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_lowercase()).collect()
}
