//! Background tasks: started here, so that a panic is seen and a stop can wait for them.

use std::future::Future;

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

/// Runs a task on the current runtime; a panic in it is logged and counted, not lost.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn(
    name: &'static str,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        if std::panic::AssertUnwindSafe(task).catch_unwind().await.is_err() {
            metrics::counter!("folkmoot_task_panics_total", "task" => name).increment(1);
            tracing::error!(task = name, "a task panicked");
        }
    })
}
