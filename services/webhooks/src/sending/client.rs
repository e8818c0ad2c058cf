//! The HTTP client of deliveries. It resolves names itself and connects only to the addresses it has checked; every attempt
//! opens a new connection, follows no redirect, and reads little.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use reqwest::{
    Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::RETRY_AFTER,
};

use super::guard::{self, Policy};
use crate::deliveries::domain::{Failure, Outcome};

/// Deadline of one attempt, from the DNS lookup to the end of the response.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// At most this much of a response is read; none of it is kept.
const MAX_ANSWER: usize = 16 * 1024;

/// Sends deliveries.
#[derive(Clone)]
pub struct Sender {
    /// Connects to public addresses only, whatever the settings.
    public: reqwest::Client,
    /// Connects to loopback only; used for the development receivers alone.
    loopback: reqwest::Client,
    policy: Policy,
}

/// One request to send.
pub struct Request<'a> {
    /// The endpoint's URL.
    pub url: &'a str,
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: &'a str,
    /// The body that was signed.
    pub body: String,
}

impl Sender {
    /// Builds the clients.
    pub fn new(policy: &Policy) -> anyhow::Result<Self> {
        let public = client(guard::is_public)?;
        let loopback = client(|address| address.is_loopback())?;
        Ok(Self { public, loopback, policy: policy.clone() })
    }

    /// One attempt, and how long it took.
    pub async fn send(&self, request: Request<'_>, now: DateTime<Utc>) -> (Outcome, Duration) {
        let started = Instant::now();
        let outcome = self.attempt(request, now).await;
        (outcome, started.elapsed())
    }

    async fn attempt(&self, request: Request<'_>, now: DateTime<Utc>) -> Outcome {
        let Ok(url) = self.policy.check(request.url) else {
            return Outcome::Failed(Failure::AddressRefused);
        };
        let http =
            if self.policy.dev_receivers.include(&url) { &self.loopback } else { &self.public };
        let sent = http
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", request.id)
            .header("webhook-timestamp", request.timestamp.to_string())
            .header("webhook-signature", request.signature)
            .body(request.body)
            .send()
            .await;
        match sent {
            Ok(response) => {
                let retry_after = retry_after(&response, now);
                let status = response.status().as_u16();
                read_some(response).await;
                Outcome::Answered { status, retry_after }
            }
            Err(error) => Outcome::Failed(failure(&error)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "no connection to a partner is used twice")]
fn client(may_connect: fn(IpAddr) -> bool) -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .dns_resolver(Arc::new(Guarded(may_connect)))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .http1_only()
        .timeout(TIMEOUT)
        .user_agent(concat!("Folkmoot-Webhooks/", env!("CARGO_PKG_VERSION")))
        .build()?)
}

/// Lets a receiver that is still sending its response finish, within limits.
async fn read_some(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > MAX_ANSWER {
            return;
        }
    }
}

fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<chrono::TimeDelta> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(chrono::TimeDelta::seconds(seconds.into()));
    }
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.with_timezone(&Utc) - now)
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if cause.is::<Refused>() {
            return Failure::AddressRefused;
        }
        source = cause.source();
    }
    match error {
        error if error.is_timeout() => Failure::TimedOut,
        error if error.is_connect() => Failure::NotConnected,
        _ => Failure::Broken,
    }
}

/// The name resolves to no address that we may connect to.
#[derive(Debug, thiserror::Error)]
#[error("the name resolves to no allowed address")]
struct Refused;

/// Resolves names and returns only addresses that pass the check. The connection goes to exactly these, so no second lookup
/// can return others.
struct Guarded(fn(IpAddr) -> bool);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let may_connect = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| may_connect(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Refused.into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}
