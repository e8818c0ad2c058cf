//! Calls to other services, with a deadline, repetitions of what had no response, a circuit breaker, the trace
//! context and the calling service's own credential.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, Request};
use serde::{Serialize, de::DeserializeOwned};

use self::{breaker::Breaker, plain::ThreadLocalClient};
use crate::{
    auth::workload::Workload,
    http::{deadline, server::PING},
    telemetry::{
        calls::{self, Call},
        propagation::current_traceparent,
        spans::Span,
    },
};

pub mod breaker;
pub mod plain;

/// How long an open breaker lets nothing through.
const BREAKER_PAUSE: Duration = Duration::from_secs(1);

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The service was not reached or was too slow, or the breaker is open.
    #[error("not available: {0}")]
    Unavailable(String),
    /// The service responded with an error.
    #[error("answered {status}: {body}")]
    Answered {
        status: u16,
        /// The first 300 characters of the body. Errors of our own services have no personal data.
        body: String,
    },
}

/// A client for one other service.
#[derive(Clone)]
pub struct Peer(Arc<Inner>);

struct Inner {
    name: &'static str,
    base: String,
    http: ThreadLocalClient,
    workload: Workload,
    breaker: Breaker,
}

impl Peer {
    /// `base` is the service's URL without a trailing slash.
    pub fn new(name: &'static str, base: String, workload: Workload) -> anyhow::Result<Self> {
        let http = ThreadLocalClient::new(Duration::from_secs(10))?;
        let breaker = Breaker::new(BREAKER_PAUSE);
        Ok(Self(Arc::new(Inner { name, base, http, workload, breaker })))
    }

    /// Sends a GET request.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        deadline: Duration,
    ) -> Result<T, CallError> {
        let span = self.span("GET", None);
        span.run(self.call(&span, Method::GET, path, None::<&()>, deadline)).await
    }

    /// Sends a POST request that can be repeated without a further effect: it is sent again if it had no response. Traces show
    /// its path, so that holds no values.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &'static str,
        body: &impl Serialize,
        deadline: Duration,
    ) -> Result<T, CallError> {
        let span = self.span("POST", Some(path));
        span.run(self.call(&span, Method::POST, path, Some(body), deadline)).await
    }

    /// Fails unless the service responds. For readiness checks, which have their own timeout.
    pub async fn ping(&self) -> anyhow::Result<()> {
        let sent = self.0.http.client().get(format!("{}{PING}", self.0.base)).send().await;
        let response = sent.map_err(|error| anyhow::anyhow!("{}", causes(&error)))?;
        let status = response.status();
        anyhow::ensure!(!status.is_server_error(), "it responded with status {status}");
        Ok(())
    }

    /// The service that calls.
    pub(crate) fn caller(&self) -> &'static str {
        self.0.workload.service()
    }

    fn span(&self, method: &'static str, template: Option<&'static str>) -> Span {
        let Inner { name: called, ref base, .. } = *self.0;
        Call { caller: self.caller(), called, method, template, base }.span()
    }

    async fn call<T: DeserializeOwned>(
        &self,
        span: &Span,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        deadline: Duration,
    ) -> Result<T, CallError> {
        self.check_breaker()?;
        let request = self.request(method, path, body, deadline)?;
        let sent = plain::send(self.0.http.client(), request, true).await;
        let response = sent.map_err(|error| {
            span.fail(if error.is_timeout() { "timeout" } else { "unavailable" });
            self.failed(&error)
        })?;
        let status = response.status();
        calls::responded(span, status.as_u16());
        let bytes = response.bytes().await.map_err(|e| self.failed(&e))?;
        self.0.breaker.record(true);
        if status.is_success() {
            // A 204 has no body. It is read as `null`, so that callers can expect `()`.
            let json: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
            return serde_json::from_slice(json).map_err(|e| CallError::Unavailable(e.to_string()));
        }
        let body = String::from_utf8_lossy(&bytes).chars().take(300).collect();
        Err(CallError::Answered { status: status.as_u16(), body })
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        deadline: Duration,
    ) -> Result<Request, CallError> {
        let token = self
            .0
            .workload
            .token(self.0.name)
            .map_err(|e| CallError::Unavailable(e.to_string()))?;
        let deadline = deadline::remaining(deadline);
        if deadline.is_zero() {
            return Err(CallError::Unavailable("the request deadline was exceeded".to_owned()));
        }
        let mut request = self
            .0
            .http
            .client()
            .request(method, format!("{}{path}", self.0.base))
            .bearer_auth(token)
            .header(deadline::HEADER.as_str(), deadline.as_millis().to_string())
            .timeout(deadline);
        if let Some(traceparent) = current_traceparent() {
            request = request.header("traceparent", traceparent);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.build().map_err(|e| CallError::Unavailable(e.to_string()))
    }

    fn check_breaker(&self) -> Result<(), CallError> {
        if self.0.breaker.is_open() {
            return Err(CallError::Unavailable(format!("{}: breaker open", self.0.name)));
        }
        Ok(())
    }

    fn failed(&self, error: &reqwest::Error) -> CallError {
        self.0.breaker.record(false);
        let kind = if error.is_timeout() { "timed out" } else { "failed" };
        CallError::Unavailable(format!("{} {kind}: {}", self.0.name, causes(error)))
    }
}

/// The causes of an error, without its URL: errors are logged, and a path may contain a postcode or a link.
fn causes(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(&error.to_string());
        text.push_str("; ");
        source = error.source();
    }
    text
}
