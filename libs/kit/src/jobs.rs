//! Jobs: idempotent work without input, run on a timer or when woken. A leased job runs in one replica at a time.

use std::{collections::HashMap, future::Future, pin::Pin, rc::Rc, sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{db::Db, jobs::lease::Lease, tasks::catch_panic};

mod lease;

type JobFuture<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;
type Run<A> = Rc<dyn for<'a> Fn(&'a A) -> JobFuture<'a>>;

struct Job<A> {
    name: &'static str,
    every: Duration,
    leased: bool,
    run: Run<A>,
}

/// The jobs of a service; built in its `jobs.rs`.
pub struct Jobs<A> {
    jobs: Vec<Job<A>>,
}

impl<A: 'static> Jobs<A> {
    pub fn new() -> Self {
        Self { jobs: Vec::new() }
    }

    /// Runs `f` at this interval, in one replica at a time.
    #[must_use]
    pub fn every(
        self,
        every: Duration,
        name: &'static str,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.add(every, name, true, f)
    }

    /// Runs `f` at this interval in every replica. The job itself must lock what only one replica may do.
    #[must_use]
    pub fn every_replica(
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

    pub fn names(&self) -> Vec<&'static str> {
        self.jobs.iter().map(|j| j.name).collect()
    }

    /// Runs one job once, in the caller's task. For tests.
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

/// Wakes jobs before their timer fires.
#[derive(Clone, Default, Debug)]
pub struct JobWaker(Arc<std::sync::Mutex<HashMap<&'static str, Arc<Notify>>>>);

impl JobWaker {
    /// Runs the job as soon as possible.
    pub fn wake(&self, name: &'static str) {
        self.notify(name).notify_one();
    }

    fn notify(&self, name: &'static str) -> Arc<Notify> {
        let mut map = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        map.entry(name).or_default().clone()
    }
}

/// Starts every job on the current local set.
pub(crate) fn start<A: 'static>(
    jobs: Jobs<A>,
    app: &Arc<A>,
    db: Option<&Db>,
    waker: &JobWaker,
    holder: Uuid,
    stop: &CancellationToken,
) -> Vec<tokio::task::JoinHandle<()>> {
    jobs.jobs
        .into_iter()
        .map(|job| {
            let lease =
                db.filter(|_| job.leased).map(|db| Lease::new(db.clone(), job.name, holder));
            let (app, notify, stop) = (app.clone(), waker.notify(job.name), stop.clone());
            tokio::task::spawn_local(run_loop(job, app, lease, notify, stop))
        })
        .collect()
}

async fn run_loop<A>(
    job: Job<A>,
    app: Arc<A>,
    lease: Option<Lease>,
    notify: Arc<Notify>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        if let Err(error) = run_once(&job, &app, lease.as_ref()).await {
            let error = format!("{error:#}");
            tracing::warn!(job = job.name, error, "job failed; will retry");
            metrics::counter!("folkmoot_job_failures_total", "job" => job.name).increment(1);
        }
        tokio::select! {
            () = tokio::time::sleep(job.every) => {}
            () = notify.notified() => {}
            () = stop.cancelled() => {}
        }
    }
    if let Some(lease) = lease {
        lease.release().await;
    }
}

async fn run_once<A>(job: &Job<A>, app: &A, lease: Option<&Lease>) -> anyhow::Result<()> {
    let run = catch_panic(job.name, (job.run)(app));
    match lease {
        None => run.await?,
        Some(lease) if lease.acquire().await? => tokio::select! {
            outcome = run => outcome?,
            () = lease.renew_until_lost() => anyhow::bail!("another replica took over the lease"),
        },
        Some(_) => Ok(()),
    }
}
