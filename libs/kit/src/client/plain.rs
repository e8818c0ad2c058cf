//! HTTP clients without credentials, for key sets, checks and the gateway's upstreams.

use std::{
    error::Error as _,
    time::{Duration, Instant},
};

use reqwest::{Client, Request, Response, StatusCode};
use thread_local::ThreadLocal;

use crate::http::keep_alive;

/// Connecting to another service takes longer only when something is wrong.
/// With it, a request's four attempts to connect take less than the 3 seconds that callers give the keyring.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a connection may leave what was sent on it unacknowledged. The host of a removed pod answers nothing, and
/// what is kept open towards it would otherwise take a request's whole deadline.
const UNACKNOWLEDGED: Duration = Duration::from_secs(1);

/// Builds a client that does not follow redirects, does not use a proxy, and gives up after `timeout`.
pub fn build(timeout: Duration) -> anyhow::Result<Client> {
    Ok(builder(timeout).build()?)
}

/// The same for a server whose certificate is signed by one of these authorities, in PEM, and by no other.
pub fn build_trusting(timeout: Duration, authorities: &[u8]) -> anyhow::Result<Client> {
    let authorities = reqwest::Certificate::from_pem_bundle(authorities)?;
    anyhow::ensure!(!authorities.is_empty(), "there is no certificate");
    Ok(builder(timeout).tls_certs_only(authorities).build()?)
}

#[expect(clippy::disallowed_methods, reason = "the one place that builds clients of services")]
fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .tcp_user_timeout(UNACKNOWLEDGED)
        .pool_idle_timeout(keep_alive::CLIENT_IDLE)
        .tcp_nodelay(true)
}

/// Pauses before a request that had no connection is sent again. Where a replica has just been replaced, callers are sent to
/// the old one, or are not let through to the new one, until the rules of every node are up to date. Each connection may
/// lead to another replica.
const PAUSES: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(250)];

/// Sends a request, and again within its timeout if that cannot have an effect twice: there was no connection, the server had
/// no time to read it, or the connection ended before a response and the request `is_repeatable` (RFC 9110 §9.2.2), as happens
/// when a server or its host dies, or when it closes an idle connection to which the request was on its way. A request with a
/// streamed body is sent once.
pub async fn send(
    client: &Client,
    mut request: Request,
    is_repeatable: bool,
) -> reqwest::Result<Response> {
    let (started, timeout) = (Instant::now(), request.timeout().copied());
    for pause in PAUSES {
        let Some(next) = request.try_clone() else { break };
        match client.execute(request).await {
            Err(error) if error.is_connect() => {}
            Err(error) if is_repeatable && error.is_request() && !is_late(&error) => {}
            // The server did not read the whole request in time, so it has done nothing (RFC 9110 §15.5.9).
            Ok(response) if response.status() == StatusCode::REQUEST_TIMEOUT => {}
            outcome => return outcome,
        }
        tokio::time::sleep(pause).await;
        request = next;
        *request.timeout_mut() = timeout.map(|whole| whole.saturating_sub(started.elapsed()));
    }
    client.execute(request).await
}

/// Whether the request's own time is over. What the system reports is the end of a connection, also where it calls
/// it a timeout.
fn is_late(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return false;
        }
        cause = error.source();
    }
    error.is_timeout()
}

/// A separate client for each thread. A connection is driven by the thread that opened it, so a client that the workers
/// of a server shared would have to wake another thread for most responses.
pub struct ThreadLocalClient {
    timeout: Duration,
    fallback: Client,
    clients: ThreadLocal<Client>,
}

impl ThreadLocalClient {
    /// Builds one client right away, so that errors show at the start.
    pub fn new(timeout: Duration) -> anyhow::Result<Self> {
        Ok(Self { timeout, fallback: build(timeout)?, clients: ThreadLocal::new() })
    }

    /// The client of this thread.
    pub fn client(&self) -> &Client {
        self.clients.get_or(|| build(self.timeout).unwrap_or_else(|_| self.fallback.clone()))
    }
}
