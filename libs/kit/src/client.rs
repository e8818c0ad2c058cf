//! Calls to other services, with a deadline, a retry if the call cannot have had an effect, a circuit breaker, the trace
//! context and the calling service's own credential.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, RequestBuilder};
use serde::{Serialize, de::DeserializeOwned};

use self::{breaker::Breaker, plain::ThreadLocalClient};
use crate::{
    auth::workload::Workload,
    http::{deadline, server::PING},
    telemetry::propagation::current_traceparent,
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
        self.call(Method::GET, path, None::<&()>, deadline).await
    }

    /// Sends a POST request.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        deadline: Duration,
    ) -> Result<T, CallError> {
        self.call(Method::POST, path, Some(body), deadline).await
    }

    /// Fails unless the service responds. For readiness checks, which have their own timeout.
    pub async fn ping(&self) -> anyhow::Result<()> {
        let sent = self.0.http.client().get(format!("{}{PING}", self.0.base)).send().await;
        let response = sent.map_err(|error| anyhow::anyhow!("{}", causes(&error)))?;
        let status = response.status();
        anyhow::ensure!(!status.is_server_error(), "it responded with status {status}");
        Ok(())
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        deadline: Duration,
    ) -> Result<T, CallError> {
        self.check_breaker()?;
        let reads = method.is_safe();
        let request = self.request(method, path, body, deadline)?;
        let retry = request.try_clone();
        let outcome = match (request.send().await, retry) {
            // Nothing was sent, so even a POST may be repeated.
            (Err(error), Some(retry)) if error.is_connect() => retry.send().await,
            (Err(error), Some(retry)) if reads && plain::is_unanswered(&error) => {
                retry.send().await
            }
            (outcome, _) => outcome,
        };
        let response = outcome.map_err(|e| self.failed(&e))?;
        let status = response.status();
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
    ) -> Result<RequestBuilder, CallError> {
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
        Ok(match body {
            Some(body) => request.json(body),
            None => request,
        })
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
