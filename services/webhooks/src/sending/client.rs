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
const TIMEOUT: Duration = Duration::from_secs(15);
/// Reading a response stops after this many bytes; none of them is stored.
const MAX_RESPONSE: usize = 16 * 1024;

pub(crate) struct Sender {
    /// Connects to public addresses only, whatever the settings are.
    public: reqwest::Client,
    /// Connects to loopback only; used for the development receivers alone.
    loopback: reqwest::Client,
    policy: Policy,
}

pub(super) struct Request<'a> {
    pub(super) url: &'a str,
    /// `webhook-id`.
    pub(super) id: &'a str,
    /// `webhook-timestamp`, in seconds since 1970.
    pub(super) timestamp: i64,
    /// `webhook-signature`.
    pub(super) signature: &'a str,
    pub(super) body: String,
}

impl Sender {
    pub(crate) fn new(policy: &Policy) -> anyhow::Result<Self> {
        let public = build(guard::is_public)?;
        let loopback = build(|address| address.is_loopback())?;
        Ok(Self { public, loopback, policy: policy.clone() })
    }

    /// Makes one attempt, and measures how long it takes.
    pub(super) async fn send(
        &self,
        request: Request<'_>,
        now: DateTime<Utc>,
    ) -> (Outcome, Duration) {
        let started = Instant::now();
        let outcome = self.attempt(request, now).await;
        (outcome, started.elapsed())
    }

    async fn attempt(&self, request: Request<'_>, now: DateTime<Utc>) -> Outcome {
        let Ok(url) = self.policy.check(request.url) else {
            return Outcome::failure(Failure::AddressRefused);
        };
        let client = if self.policy.is_dev_receiver(&url) { &self.loopback } else { &self.public };
        let sent = client
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
                Outcome::response(status, retry_after)
            }
            Err(error) => Outcome::failure(failure(&error)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "connections to partners are not reused")]
fn build(may_connect: fn(IpAddr) -> bool) -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .dns_resolver(Arc::new(CheckedResolver(may_connect)))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .http1_only()
        .timeout(TIMEOUT)
        .user_agent(concat!("Folkmoot-Webhooks/", env!("CARGO_PKG_VERSION")))
        .build()?)
}

/// Lets a receiver finish sending its response, within limits.
async fn read_some(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > MAX_RESPONSE {
            return;
        }
    }
}

fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<chrono::TimeDelta> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than fit are the longest wait, and not none.
        let seconds = text.parse().unwrap_or(u32::MAX);
        return Some(chrono::TimeDelta::seconds(seconds.into()));
    }
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.with_timezone(&Utc) - now)
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if cause.is::<NoAllowedAddress>() {
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

#[derive(Debug, thiserror::Error)]
#[error("the name resolves to no allowed address")]
struct NoAllowedAddress;

/// Resolves names and returns only addresses that pass the check. The connection goes to exactly these: there is no second
/// lookup, which could return others.
struct CheckedResolver(fn(IpAddr) -> bool);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let may_connect = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| may_connect(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NoAllowedAddress.into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}
