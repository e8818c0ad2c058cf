//! Background tasks. A panic in one is logged and counted, and a shutdown can wait for it.

use std::{future::Future, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

/// Runs a task on the current runtime. A panic in it is logged and counted.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn(
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _ = catch_panic(name, task).await;
    })
}

/// Some work panicked; the loop that ran it carries on.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0} panicked")]
pub(crate) struct Panicked(&'static str);

/// Turns a panic into an error, and logs and counts it.
pub(crate) async fn catch_panic<T>(
    name: &'static str,
    work: impl Future<Output = T>,
) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_payload| {
        metrics::counter!("folkmoot_task_panics_total", "task" => name).increment(1);
        tracing::error!(task = name, "a task panicked");
        Panicked(name)
    })
}
