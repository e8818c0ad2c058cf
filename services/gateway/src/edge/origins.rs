//! The origins that live keys list, asked of identity once a minute.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use kit::{
    client::Peer,
    http::{origin::normalize, problem::Problem},
};
use serde::Deserialize;

/// How often the origins are refreshed.
const REFRESH: Duration = Duration::from_mins(1);
/// Wait after a failed refresh.
const RETRY: Duration = Duration::from_secs(1);
/// Identity responds from memory or with one query.
const DEADLINE: Duration = Duration::from_secs(2);

/// Identity's response.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    Bare(Vec<String>),
    Wrapped { origins: Vec<String> },
}

#[derive(Default)]
struct Known {
    origins: Arc<HashSet<String>>,
    ask_again: Option<Instant>,
    ever: bool,
}

/// The origins of all live keys.
pub(crate) struct LiveOrigins {
    identity: Peer,
    known: RwLock<Known>,
}

impl LiveOrigins {
    pub(crate) fn new(identity: Peer) -> Self {
        Self { identity, known: RwLock::default() }
    }

    /// Whether some live key lists this origin. While identity is unavailable the last list is used.
    pub(crate) async fn has(&self, origin: &str) -> Result<bool, Problem> {
        self.refresh().await;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.ever {
            return Ok(known.origins.contains(&normalize(origin)));
        }
        Err(Problem::unavailable("The list of origins"))
    }

    async fn refresh(&self) {
        {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            if known.ask_again.is_some_and(|at| now < at) {
                return;
            }
            // Others go on with what is known while one asks; the first ones have nothing to go on with.
            known.ask_again = known.ever.then(|| now + RETRY);
        }
        match self.identity.get::<Listed>("/internal/v1/origins", DEADLINE).await {
            Ok(Listed::Bare(origins) | Listed::Wrapped { origins }) => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                known.origins = Arc::new(origins.iter().map(|origin| normalize(origin)).collect());
                known.ask_again = Some(Instant::now() + REFRESH);
                known.ever = true;
            }
            Err(error) => tracing::warn!(%error, "failed to refresh allowed origins"),
        }
    }
}
