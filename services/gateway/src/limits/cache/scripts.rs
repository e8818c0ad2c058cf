//! Runs scripts in Redis. After a failure Redis is left alone for a second, so that requests do not queue up behind it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use kit::secret::Secret;
use redis::{Client, FromRedisValue, ScriptInvocation, aio::ConnectionManager};
use thread_local::ThreadLocal;
use tokio::time::timeout;

use crate::{
    cache::{TIMEOUT, connect, open},
    limits::policy::Policy,
};

/// After a failure the local limits serve for this long before Redis is tried again.
const PAUSE_MS: u64 = 1_000;
const MICROS: f64 = 1e6;

pub(in crate::limits) struct Scripts {
    client: Client,
    /// One for each worker, whose own thread then reads the responses and need not be woken by another.
    connections: ThreadLocal<ConnectionManager>,
    paused_until_ms: AtomicU64,
    started: Instant,
}

impl Scripts {
    pub(super) fn new(url: &Secret) -> anyhow::Result<Self> {
        Ok(Self {
            client: open(url)?,
            connections: ThreadLocal::new(),
            paused_until_ms: AtomicU64::new(0),
            started: Instant::now(),
        })
    }

    /// The result of a script; none while Redis is unavailable.
    pub(in crate::limits) async fn run<T: FromRedisValue>(
        &self,
        call: &ScriptInvocation<'_>,
    ) -> Option<T> {
        if self.now_ms() < self.paused_until_ms.load(Ordering::Relaxed) {
            return None;
        }
        let run = async {
            let connection = self.connections.get_or_try(|| connect(self.client.clone()))?;
            call.invoke_async::<T>(&mut connection.clone()).await
        };
        let failure = match timeout(TIMEOUT, run).await {
            Ok(Ok(result)) => return Some(result),
            Ok(Err(error)) => error.to_string(),
            Err(_elapsed) => "no response in time".to_owned(),
        };
        self.paused_until_ms.store(self.now_ms() + PAUSE_MS, Ordering::Relaxed);
        metrics::counter!("folkmoot_gateway_limits_degraded_total").increment(1);
        tracing::warn!(failure, "Redis unavailable; each replica limits on its own");
        None
    }

    /// On a new connection: a readiness check must not depend on what a worker's connection is doing.
    pub(super) async fn ping(&self) -> anyhow::Result<()> {
        let mut connection = self.client.get_multiplexed_async_connection().await?;
        Ok(redis::cmd("PING").exec_async(&mut connection).await?)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Time between two requests and time of the whole quota, in microseconds.
pub(in crate::limits) fn micros(policy: &Policy) -> (f64, f64) {
    let window = f64::from(policy.window_seconds) * MICROS;
    (window / f64::from(policy.quota), window)
}
