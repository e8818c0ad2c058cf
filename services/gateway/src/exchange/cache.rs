//! Sessions that were revoked while an access token of theirs is still valid. This replica knows at once; others look in Redis,
//! and ask identity, when they next verify the token, which they do once a minute.

use std::time::Duration;

use kit::secret::Secret;
use moka::sync::Cache;
use redis::{AsyncCommands as _, aio::ConnectionManager};
use tokio::time::timeout;
use uuid::Uuid;

use super::access_tokens::LIFETIME_SECONDS;
use crate::cache::{TIMEOUT, connect, open};

const MAX_SESSIONS: u64 = 100_000;
const SECONDS: u64 = LIFETIME_SECONDS.unsigned_abs();

/// Revoked sessions, until their last access token expires.
pub(crate) struct RevokedSessions {
    local: Cache<Uuid, ()>,
    redis: ConnectionManager,
}

impl RevokedSessions {
    pub(crate) fn new(redis_url: &Secret) -> anyhow::Result<Self> {
        let local = Cache::builder()
            .max_capacity(MAX_SESSIONS)
            .time_to_live(Duration::from_secs(SECONDS))
            .build();
        Ok(Self { local, redis: connect(open(redis_url)?)? })
    }

    pub(super) async fn add(&self, session_id: Uuid) {
        self.local.insert(session_id, ());
        let mut redis = self.redis.clone();
        let set = redis.set_ex::<_, _, ()>(key(session_id), 1, SECONDS);
        if !matches!(timeout(TIMEOUT, set).await, Ok(Ok(()))) {
            tracing::warn!("Redis unavailable; other replicas see sign-outs within a minute");
        }
    }

    /// Whether this replica knows the session as revoked.
    pub(super) fn contains_locally(&self, session_id: Uuid) -> bool {
        self.local.contains_key(&session_id)
    }

    /// Whether any replica does.
    pub(super) async fn contains(&self, session_id: Uuid) -> bool {
        if self.contains_locally(session_id) {
            return true;
        }
        let mut redis = self.redis.clone();
        let exists = redis.exists::<_, bool>(key(session_id));
        matches!(timeout(TIMEOUT, exists).await, Ok(Ok(true)))
    }
}

fn key(session_id: Uuid) -> String {
    format!("fm:ended:{}", session_id.simple())
}
