//! Limits in Redis, shared by all replicas. Away for a moment, Redis is not asked again for a second: requests do not
//! pile up behind it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use kit::secret::Secret;
use redis::{
    Client, RedisResult, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use thread_local::ThreadLocal;

use super::{Demand, State, Verdict};

/// Redis answers in well under a millisecond; a request waits no longer than this for it.
const ANSWER_WITHIN: Duration = Duration::from_millis(50);
/// After a failure the local limits serve for this long before Redis is tried again.
const PAUSE_MS: u64 = 1_000;
const MICROS: u32 = 1_000_000;

pub(super) struct Shared {
    client: Client,
    /// One for each worker: its own thread reads the answers and need not be woken by another.
    connections: ThreadLocal<ConnectionManager>,
    script: Script,
    paused_until_ms: AtomicU64,
    born: Instant,
}

impl Shared {
    pub(super) fn new(url: &Secret) -> anyhow::Result<Self> {
        let client = Client::open(url.expose()).context("REDIS_URL")?;
        Ok(Self {
            client,
            connections: ThreadLocal::new(),
            script: Script::new(include_str!("gcra.lua")),
            paused_until_ms: AtomicU64::new(0),
            born: Instant::now(),
        })
    }

    /// The verdict of Redis; none while it is away.
    pub(super) async fn check(&self, demands: &[Demand<'_>]) -> Option<Verdict> {
        if self.now_ms() < self.paused_until_ms.load(Ordering::Relaxed) {
            return None;
        }
        let mut call = self.script.prepare_invoke();
        for Demand { policy, whose } in demands {
            let window = f64::from(policy.window) * f64::from(MICROS);
            let interval = window / f64::from(policy.quota);
            call.key(format!("fm:rl:{}:{whose}", policy.id)).arg(interval).arg(window);
        }
        let asked = async { call.invoke_async::<Vec<i64>>(&mut self.connection()?).await };
        let failure = match tokio::time::timeout(ANSWER_WITHIN, asked).await {
            Ok(Ok(answer)) => return verdict(demands, &answer),
            Ok(Err(error)) => error.to_string(),
            Err(_late) => "no answer in time".to_owned(),
        };
        self.paused_until_ms.store(self.now_ms() + PAUSE_MS, Ordering::Relaxed);
        metrics::counter!("folkmoot_gateway_limits_degraded_total").increment(1);
        tracing::warn!(failure, "Redis is away: limits are kept locally");
        None
    }

    /// Connects, where it is not, when it is used.
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
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn verdict(demands: &[Demand<'_>], answer: &[i64]) -> Option<Verdict> {
    let (allowed, states) = answer.split_first()?;
    let seconds = |micros: i64| {
        let seconds = micros.max(0).saturating_add(i64::from(MICROS) - 1) / i64::from(MICROS);
        u32::try_from(seconds).unwrap_or(u32::MAX)
    };
    let states = demands.iter().zip(states.chunks_exact(3)).map(|(demand, told)| {
        let &[remaining, reset, wait] = told else { return None };
        Some(State {
            name: demand.policy.name,
            quota: demand.policy.quota,
            window: demand.policy.window,
            remaining: u32::try_from(remaining).unwrap_or(0),
            reset: seconds(reset),
            wait: seconds(wait),
        })
    });
    Some(Verdict { allowed: *allowed == 1, states: states.collect::<Option<_>>()? })
}
