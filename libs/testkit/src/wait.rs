//! Waits for a state, rather than for a time.

use std::{future::Future, time::Duration};

const TIMEOUT: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(25);

/// Polls until there is a value and returns it. Panics with `what` after 30 seconds.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut poll: impl FnMut() -> F,
) -> T {
    let started = tokio::time::Instant::now();
    loop {
        if let Some(value) = poll().await {
            return value;
        }
        assert!(started.elapsed() < TIMEOUT, "timed out after {TIMEOUT:?}: {what}");
        tokio::time::sleep(INTERVAL).await;
    }
}
