//! Scripts in Redis. After a failure Redis is not asked again for a second, so that requests do not queue up behind it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use kit::secret::Secret;
use redis::{
    Client, FromRedisValue, RedisResult, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use thread_local::ThreadLocal;

/// Redis answers in well under a millisecond; a request does not wait for it any longer than this.
const ANSWER_WITHIN: Duration = Duration::from_millis(50);
/// After a failure the local limits serve for this long before Redis is tried again.
const PAUSE_MS: u64 = 1_000;

pub(super) struct Scripts {
    client: Client,
    /// One for each worker: its own thread reads the answers and need not be woken by another.
    connections: ThreadLocal<ConnectionManager>,
    paused_until_ms: AtomicU64,
    started: Instant,
}

impl Scripts {
    pub(super) fn new(url: &Secret) -> anyhow::Result<Self> {
        let client = Client::open(url.expose()).context("REDIS_URL")?;
        Ok(Self {
            client,
            connections: ThreadLocal::new(),
            paused_until_ms: AtomicU64::new(0),
            started: Instant::now(),
        })
    }

    /// The result of a script; none while Redis is unavailable.
    pub(super) async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Option<T> {
        if self.now_ms() < self.paused_until_ms.load(Ordering::Relaxed) {
            return None;
        }
        let run = async { call.invoke_async::<T>(&mut self.connection()?).await };
        let failure = match tokio::time::timeout(ANSWER_WITHIN, run).await {
            Ok(Ok(result)) => return Some(result),
            Ok(Err(error)) => error.to_string(),
            Err(_late) => "no answer in time".to_owned(),
        };
        self.paused_until_ms.store(self.now_ms() + PAUSE_MS, Ordering::Relaxed);
        metrics::counter!("folkmoot_gateway_limits_degraded_total").increment(1);
        tracing::warn!(failure, "Redis unavailable; each replica limits on its own");
        None
    }

    /// Connects on first use.
    fn connection(&self) -> RedisResult<ConnectionManager> {
        let config = || {
            ConnectionManagerConfig::new()
                .set_connection_timeout(Some(ANSWER_WITHIN))
                .set_response_timeout(Some(ANSWER_WITHIN))
                .set_number_of_retries(0)
        };
        let connect = || ConnectionManager::new_lazy_with_config(self.client.clone(), config());
        self.connections.get_or_try(connect).cloned()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
