//! Fetches the origins that live keys list from identity, once a minute.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use kit::{
    client::Peer,
    http::{origin::normalize, problem::Problem},
};

/// How often the origins are refreshed.
const REFRESH: Duration = Duration::from_mins(1);
/// Wait after a failed refresh.
const RETRY: Duration = Duration::from_secs(1);
/// Identity responds from memory or with one query.
const DEADLINE: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Fetched {
    /// None until the first response of identity.
    origins: Option<HashSet<String>>,
    refresh_at: Option<Instant>,
}

/// The origins of all live keys.
pub(crate) struct LiveOrigins {
    identity: Peer,
    fetched: RwLock<Fetched>,
}

impl LiveOrigins {
    pub(crate) fn new(identity: Peer) -> Self {
        Self { identity, fetched: RwLock::default() }
    }

    /// Whether some live key lists this origin. While identity is unavailable the last list is used.
    pub(crate) async fn contains(&self, origin: &str) -> Result<bool, Problem> {
        self.refresh().await;
        let fetched = self.fetched.read().unwrap_or_else(PoisonError::into_inner);
        let origins = fetched.origins.as_ref();
        let origins = origins.ok_or_else(|| Problem::unavailable("The list of origins"))?;
        Ok(origins.contains(&normalize(origin)))
    }

    async fn refresh(&self) {
        {
            let mut fetched = self.fetched.write().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if fetched.refresh_at.is_some_and(|at| now < at) {
                return;
            }
            // While one request refreshes the list, others use the last one; without one, they all fetch it.
            fetched.refresh_at = fetched.origins.is_some().then(|| now + RETRY);
        }
        match self.identity.get::<Vec<String>>("/internal/v1/origins", DEADLINE).await {
            Ok(origins) => {
                let origins = origins.iter().map(|origin| normalize(origin)).collect();
                *self.fetched.write().unwrap_or_else(PoisonError::into_inner) =
                    Fetched { origins: Some(origins), refresh_at: Some(Instant::now() + REFRESH) };
            }
            Err(error) => tracing::warn!(%error, "failed to refresh allowed origins"),
        }
    }
}
