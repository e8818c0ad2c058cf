//! HTTP clients without credentials, for key sets, checks and the gateway's upstreams.

use std::time::Duration;

use thread_local::ThreadLocal;

use crate::http::keep_alive;

/// Connecting to another service takes longer only when something is wrong.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Builds a client that does not follow redirects, does not use a proxy, and gives up after `timeout`.
pub fn build(timeout: Duration) -> anyhow::Result<reqwest::Client> {
    Ok(builder(timeout).build()?)
}

/// The same for a server whose certificate is signed by one of these authorities, in PEM, and by no other.
pub fn build_trusting(timeout: Duration, authorities: &[u8]) -> anyhow::Result<reqwest::Client> {
    let authorities = reqwest::Certificate::from_pem_bundle(authorities)?;
    anyhow::ensure!(!authorities.is_empty(), "there is no certificate");
    Ok(builder(timeout).tls_certs_only(authorities).build()?)
}

#[expect(clippy::disallowed_methods, reason = "the one place that builds clients of services")]
fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .pool_idle_timeout(keep_alive::CLIENT_IDLE)
        .tcp_nodelay(true)
}

/// Whether a request was sent and its connection closed before a response, as happens when a server dies, or closes an idle
/// connection to which the request was on its way. A request that only reads may be sent once more (RFC 9110 §9.2.2). The
/// client itself does so only if it had not begun to write the request.
pub fn is_unanswered(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_timeout() && !error.is_connect()
}

/// A separate client for each thread. A connection is driven by the thread that opened it, so a client that the workers
/// of a server shared would have to wake another thread for most responses.
pub struct ThreadLocalClient {
    timeout: Duration,
    fallback: reqwest::Client,
    clients: ThreadLocal<reqwest::Client>,
}

impl ThreadLocalClient {
    /// Builds one client right away, so that errors show at the start.
    pub fn new(timeout: Duration) -> anyhow::Result<Self> {
        Ok(Self { timeout, fallback: build(timeout)?, clients: ThreadLocal::new() })
    }

    /// The client of this thread.
    pub fn client(&self) -> &reqwest::Client {
        self.clients.get_or(|| build(self.timeout).unwrap_or_else(|_| self.fallback.clone()))
    }
}
