//! Periodic work over replicas.

use std::sync::atomic::Ordering::Relaxed;

use testkit::wait::eventually;

use crate::support::Shared;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leased_job_runs_in_one_of_two_replicas() {
    let shared = Shared::new().await;
    let (first, second) = (shared.replica().await, shared.replica().await);
    let (a, b) = (first.app(), second.app());
    eventually("runs in both replicas", async || {
        let both = a.everywhere.load(Relaxed).min(b.everywhere.load(Relaxed)) > 20;
        (both && a.leased.load(Relaxed) + b.leased.load(Relaxed) > 20).then_some(())
    })
    .await;
    let runs = [a.leased.load(Relaxed), b.leased.load(Relaxed)];
    assert!(runs.contains(&0), "the leased job ran in both: {runs:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_was_nudged_runs_before_its_time() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    let nudged = &replica.app().nudged;
    eventually("the first run", async || (nudged.load(Relaxed) == 1).then_some(())).await;
    replica.app().kit.nudge.nudge("notes.nudged");
    eventually("the second run", async || (nudged.load(Relaxed) == 2).then_some(())).await;
}
