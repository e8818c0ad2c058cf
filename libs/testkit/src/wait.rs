//! Waiting on a state, never on time.

use std::{future::Future, time::Duration};

const LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(25);

/// Asks until the answer is there; panics with `what` when it does not come.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let started = tokio::time::Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < LIMIT, "waited {LIMIT:?} in vain: {what}");
        tokio::time::sleep(STEP).await;
    }
}
