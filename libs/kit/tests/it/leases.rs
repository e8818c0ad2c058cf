//! Leases of jobs: renewed while the job runs, given back at a stop; and a panic ends a run, not the job.

use std::sync::atomic::Ordering::Relaxed;

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::RunQueryDsl as _;
use testkit::wait::eventually;

use crate::support::Shared;

#[derive(Debug, QueryableByName)]
struct Held {
    #[diesel(sql_type = sql_types::Timestamptz)]
    held_until: DateTime<Utc>,
}

async fn held(shared: &Shared, job: &str) -> Option<DateTime<Utc>> {
    let mut worker = shared.db.as_worker("notes").await;
    let ask = sql_query("SELECT held_until FROM job_leases WHERE name = $1");
    let rows: Vec<Held> = ask.bind::<sql_types::Text, _>(job).load(&mut worker).await.unwrap();
    rows.into_iter().next().map(|row| row.held_until)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_stop_gives_the_leases_back() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    eventually("the leases", async || {
        let both = (held(&shared, "notes.leased").await, held(&shared, "notes.long").await);
        matches!(both, (Some(_), Some(_))).then_some(())
    })
    .await;
    replica.stop().await;
    assert_eq!(held(&shared, "notes.leased").await, None);
    assert_eq!(held(&shared, "notes.long").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_takes_long_keeps_its_lease() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    let first = eventually("the first run", async || held(&shared, "notes.long").await).await;
    replica.app().broken.store(true, Relaxed);
    replica.app().kit.nudge.nudge("notes.long");
    let taken = eventually("the long run", async || {
        held(&shared, "notes.long").await.filter(|until| *until > first)
    })
    .await;
    eventually("a renewal", async || {
        held(&shared, "notes.long").await.filter(|until| *until > taken)
    })
    .await;
    replica.app().mended.notify_one();
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_panics_runs_again() {
    let shared = Shared::new().await;
    let replica = shared.replica().await;
    replica.app().broken.store(true, Relaxed);
    let everywhere = &replica.app().everywhere;
    let before = everywhere.load(Relaxed);
    replica.app().mended.notify_one();
    eventually("five runs", async || (everywhere.load(Relaxed) > before + 5).then_some(())).await;
    replica.stop().await;
}
