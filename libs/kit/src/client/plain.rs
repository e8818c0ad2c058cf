//! HTTP clients without credentials: for key sets, probes and the gateway's upstreams.

use std::time::Duration;

use thread_local::ThreadLocal;

use crate::http::keep_alive;

/// Connecting takes longer than this only when something is wrong.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Builds a client that follows no redirects, uses no proxy, and gives up after `timeout`.
#[expect(clippy::disallowed_methods, reason = "the one place that builds clients of services")]
pub fn build(timeout: Duration) -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .pool_idle_timeout(keep_alive::CLIENT_IDLE)
        .tcp_nodelay(true);
    Ok(client.build()?)
}

/// A client for each thread that calls. A connection's work is done by the thread that opened it: shared among the workers
/// of a server, each answer would have to wake another thread first.
pub struct PerThread {
    timeout: Duration,
    first: reqwest::Client,
    each: ThreadLocal<reqwest::Client>,
}

impl PerThread {
    /// Builds the first one, so that errors show at the start.
    pub fn new(timeout: Duration) -> anyhow::Result<Self> {
        Ok(Self { timeout, first: build(timeout)?, each: ThreadLocal::new() })
    }

    /// The client of this thread.
    pub fn here(&self) -> &reqwest::Client {
        self.each.get_or(|| build(self.timeout).unwrap_or_else(|_| self.first.clone()))
    }
}
