//! Jobs: leases, wake-ups and panics.

use std::sync::atomic::Ordering::Relaxed;

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, sql_query, sql_types};
use testkit::wait::eventually;

use crate::support::Shared;

#[derive(Debug, QueryableByName)]
struct Lease {
    #[diesel(sql_type = sql_types::Timestamptz)]
    held_until: DateTime<Utc>,
}

/// Until when a lease is held.
pub(crate) async fn held_until(shared: &Shared, job: &str) -> Option<DateTime<Utc>> {
    use diesel_async::RunQueryDsl as _;

    let mut worker = shared.db.as_worker("notes").await;
    let query = sql_query("SELECT held_until FROM job_leases WHERE name = $1");
    let rows: Vec<Lease> = query.bind::<sql_types::Text, _>(job).load(&mut worker).await.unwrap();
    rows.into_iter().next().map(|row| row.held_until)
}

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
async fn a_job_that_is_woken_runs_before_its_timer_fires() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    let woken = &replica.app().woken;
    eventually("the first run", async || (woken.load(Relaxed) == 1).then_some(())).await;
    replica.app().kit.jobs.wake("notes.woken");
    eventually("the second run", async || (woken.load(Relaxed) == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_shutdown_releases_the_leases() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    eventually("the leases", async || {
        let both =
            (held_until(&shared, "notes.leased").await, held_until(&shared, "notes.long").await);
        matches!(both, (Some(_), Some(_))).then_some(())
    })
    .await;
    replica.stop().await;
    assert_eq!(held_until(&shared, "notes.leased").await, None);
    assert_eq!(held_until(&shared, "notes.long").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lease_of_a_long_run_is_renewed() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    let first = eventually("the first run", async || held_until(&shared, "notes.long").await).await;
    replica.app().broken.store(true, Relaxed);
    replica.app().kit.jobs.wake("notes.long");
    let acquired = eventually("the long run", async || {
        held_until(&shared, "notes.long").await.filter(|until| *until > first)
    })
    .await;
    eventually("a renewal", async || {
        held_until(&shared, "notes.long").await.filter(|until| *until > acquired)
    })
    .await;
    replica.app().repaired.notify_one();
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_panics_runs_again() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let everywhere = &replica.app().everywhere;
    let before = everywhere.load(Relaxed);
    replica.app().repaired.notify_one();
    eventually("five runs", async || (everywhere.load(Relaxed) > before + 5).then_some(())).await;
    replica.stop().await;
}
