//! Periodic work: no input, idempotent, on a timer or nudged. A leased job runs in one replica at a time.

use std::{collections::HashMap, future::Future, pin::Pin, rc::Rc, sync::Arc, time::Duration};

use diesel::sql_types;
use diesel_async::RunQueryDsl;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::db::{Db, DbError};

/// A lease is good for this long without renewal; a job must finish a step within it.
const LEASE: &str = "60 seconds";

type Fut<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;
type Run<A> = Rc<dyn for<'a> Fn(&'a A) -> Fut<'a>>;

struct Job<A> {
    name: &'static str,
    every: Duration,
    leased: bool,
    run: Run<A>,
}

/// What a service does by itself; built in its `jobs.rs`.
pub struct Jobs<A> {
    jobs: Vec<Job<A>>,
}

impl<A: 'static> Jobs<A> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { jobs: Vec::new() }
    }

    /// Runs `f` every so often in one replica at a time.
    #[must_use]
    pub fn every(
        self,
        every: Duration,
        name: &'static str,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.add(every, name, true, f)
    }

    /// Runs `f` every so often in every replica; its own locks keep replicas apart.
    #[must_use]
    pub fn everywhere(
        self,
        every: Duration,
        name: &'static str,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.add(every, name, false, f)
    }

    fn add(
        mut self,
        every: Duration,
        name: &'static str,
        leased: bool,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        let f = Rc::new(f);
        let run: Run<A> = Rc::new(move |app| {
            let f = f.clone();
            Box::pin(async move { f(app).await })
        });
        self.jobs.push(Job { name, every, leased, run });
        self
    }

    /// The jobs' names.
    pub fn names(&self) -> Vec<&'static str> {
        self.jobs.iter().map(|j| j.name).collect()
    }

    /// Runs one job now, once, in the caller's task: for tests and operators.
    pub async fn run_once(&self, name: &str, app: &A) -> anyhow::Result<()> {
        let job = self.jobs.iter().find(|j| j.name == name);
        let job = job.ok_or_else(|| anyhow::anyhow!("there is no job {name}"))?;
        (job.run)(app).await
    }
}

impl<A: 'static> Default for Jobs<A> {
    fn default() -> Self {
        Self::new()
    }
}

/// Wakes jobs before their time.
#[derive(Clone, Default, Debug)]
pub struct Nudge(Arc<std::sync::Mutex<HashMap<&'static str, Arc<Notify>>>>);

impl Nudge {
    /// There is work for `name` now.
    pub fn nudge(&self, name: &'static str) {
        self.of(name).notify_one();
    }

    fn of(&self, name: &'static str) -> Arc<Notify> {
        let mut map = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        map.entry(name).or_default().clone()
    }
}

/// Starts every job on the current local set.
pub(crate) fn start<A: 'static>(
    jobs: Jobs<A>,
    app: &Arc<A>,
    db: Option<&Db>,
    nudge: &Nudge,
    holder: Uuid,
    stop: &CancellationToken,
) -> Vec<tokio::task::JoinHandle<()>> {
    jobs.jobs
        .into_iter()
        .map(|job| {
            let (app, db, stop) = (app.clone(), db.cloned(), stop.clone());
            let notify = nudge.of(job.name);
            tokio::task::spawn_local(async move {
                while !stop.is_cancelled() {
                    if let Err(error) = run_leased(&job, &app, db.as_ref(), holder).await {
                        tracing::warn!(
                            job = job.name,
                            error = format!("{error:#}"),
                            "job failed; it will run again"
                        );
                        metrics::counter!("folkmoot_job_failures_total", "job" => job.name)
                            .increment(1);
                    }
                    tokio::select! {
                        () = tokio::time::sleep(job.every) => {}
                        () = notify.notified() => {}
                        () = stop.cancelled() => {}
                    }
                }
            })
        })
        .collect()
}

async fn run_leased<A>(job: &Job<A>, app: &A, db: Option<&Db>, holder: Uuid) -> anyhow::Result<()> {
    match db {
        Some(db) if job.leased => {
            if take_lease(db, job.name, holder).await? {
                (job.run)(app).await?;
            }
            Ok(())
        }
        _ => (job.run)(app).await,
    }
}

async fn take_lease(db: &Db, name: &str, holder: Uuid) -> Result<bool, DbError> {
    db.system_tx("kit.lease", async |conn| {
        let taken = diesel::sql_query(format!(
            "INSERT INTO job_leases (name, holder, held_until) VALUES ($1, $2, now() + interval '{LEASE}')
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
             WHERE job_leases.held_until < now() OR job_leases.holder = excluded.holder"
        ))
        .bind::<sql_types::Text, _>(name)
        .bind::<sql_types::Uuid, _>(holder)
        .execute(conn)
        .await?;
        Ok(taken == 1)
    })
    .await
}
