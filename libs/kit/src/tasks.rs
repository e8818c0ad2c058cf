//! Background tasks. A panic in one is logged, and a shutdown can wait for it.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Wait before a loop that panicked begins again.
const RESTART_WAIT: Duration = Duration::from_secs(1);

/// Runs a task on the current runtime. A panic in it is logged.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn(
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _ = catch_panic(name, task).await;
    })
}

/// Runs a loop on the current local set until `stop`. If it panics, it begins again.
pub(crate) fn spawn_loop<F: Future<Output = ()> + 'static>(
    name: &'static str,
    stop: CancellationToken,
    begin: impl Fn(CancellationToken) -> F + 'static,
) -> JoinHandle<()> {
    tokio::task::spawn_local(async move {
        while catch_panic(name, begin(stop.clone())).await.is_err() {
            let wait = tokio::time::sleep(RESTART_WAIT);
            if stop.run_until_cancelled(wait).await.is_none() {
                break;
            }
        }
    })
}

/// Some work panicked; the loop that ran it carries on.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0} panicked")]
pub(crate) struct Panicked(&'static str);

/// Turns a panic into an error, and logs whose it is.
pub(crate) async fn catch_panic<T>(
    name: &'static str,
    work: impl Future<Output = T>,
) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_payload| {
        tracing::error!(task = name, "a task panicked");
        Panicked(name)
    })
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;

    #[tokio::test]
    async fn a_loop_that_panics_begins_again() {
        let starts = Rc::new(Cell::new(0));
        let count = starts.clone();
        let begin = move |_| {
            count.set(count.get() + 1);
            let is_second = count.get() == 2;
            async move { assert!(is_second, "the first panics") }
        };
        let local = tokio::task::LocalSet::new();
        let running = async { spawn_loop("test", CancellationToken::new(), begin).await };
        local.run_until(running).await.expect("no panic leaves the loop");
        assert_eq!(starts.get(), 2);
    }
}
