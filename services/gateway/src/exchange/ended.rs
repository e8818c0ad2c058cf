//! Sessions that were signed out while an access token of theirs is still valid. This replica knows at once; others look in
//! Redis, and ask identity, when they next verify the token, which they do once a minute.

use std::time::Duration;

use anyhow::Context as _;
use kit::secret::Secret;
use moka::sync::Cache;
use redis::{
    AsyncCommands as _, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use uuid::Uuid;

use super::access;

/// Redis answers in well under a millisecond; a request waits no longer than this for it.
const ANSWER_WITHIN: Duration = Duration::from_millis(50);
/// Ended sessions remembered here.
const MAX_ENDED: u64 = 100_000;

/// The list of ended sessions.
pub(crate) struct Ended {
    here: Cache<Uuid, ()>,
    redis: ConnectionManager,
}

impl Ended {
    pub(crate) fn new(redis_url: &Secret) -> anyhow::Result<Self> {
        let client = Client::open(redis_url.expose()).context("REDIS_URL")?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN))
            .set_number_of_retries(0);
        let here = Cache::builder()
            .max_capacity(MAX_ENDED)
            .time_to_live(Duration::from_secs(access::LIFE.num_seconds().unsigned_abs()))
            .build();
        Ok(Self { here, redis: ConnectionManager::new_lazy_with_config(client, config)? })
    }

    /// Ends a session here, and everywhere that Redis reaches.
    pub(crate) async fn end(&self, session_id: Uuid) {
        self.here.insert(session_id, ());
        let mut redis = self.redis.clone();
        let seconds = access::LIFE.num_seconds().unsigned_abs();
        let told = redis.set_ex::<_, _, ()>(key(session_id), 1, seconds);
        if !matches!(tokio::time::timeout(ANSWER_WITHIN, told).await, Ok(Ok(()))) {
            tracing::warn!("Redis unavailable; other replicas see sign-outs within a minute");
        }
    }

    /// Whether this replica knows the session as ended.
    pub(crate) fn is_known(&self, session_id: Uuid) -> bool {
        self.here.contains_key(&session_id)
    }

    /// Whether any replica does; asked once a minute for each token in use.
    pub(crate) async fn ask(&self, session_id: Uuid) -> bool {
        if self.is_known(session_id) {
            return true;
        }
        let mut redis = self.redis.clone();
        let asked = redis.exists::<_, bool>(key(session_id));
        matches!(tokio::time::timeout(ANSWER_WITHIN, asked).await, Ok(Ok(true)))
    }
}

fn key(session_id: Uuid) -> String {
    format!("fm:ended:{}", session_id.simple())
}
