//! Connections to Redis, which responds at once or is not waited for.

use std::time::Duration;

use anyhow::Context as _;
use kit::secret::Secret;
use redis::{
    Client, RedisResult,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

/// Redis responds in well under a millisecond; a request waits for it no longer than this.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(50);

/// Fails for a URL that cannot be parsed, never for an unavailable Redis.
pub(crate) fn open(url: &Secret) -> anyhow::Result<Client> {
    Client::open(url.expose()).context("REDIS_URL")
}

/// Connects on first use.
pub(crate) fn connect(client: Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client, config)
}
