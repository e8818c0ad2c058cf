//! Background tasks: started here, so that a panic is seen and a stop can wait for them.

use std::{future::Future, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

/// Runs a task on the current runtime; a panic in it is logged and counted, not lost.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn(
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _ = caught(name, task).await;
    })
}

/// A piece of a loop's work panicked; the loop goes on.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0} panicked")]
pub(crate) struct Panicked(&'static str);

/// Makes a panic an error, logged and counted.
pub(crate) async fn caught<T>(
    name: &'static str,
    work: impl Future<Output = T>,
) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_payload| {
        metrics::counter!("folkmoot_task_panics_total", "task" => name).increment(1);
        tracing::error!(task = name, "a task panicked");
        Panicked(name)
    })
}
