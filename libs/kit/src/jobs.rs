//! Jobs: idempotent work without input, run on a timer or when woken. Most run where background work is done, a leased job in
//! one process at a time; a job that keeps a process up to date runs in every process.

use std::{collections::HashMap, future::Future, pin::Pin, rc::Rc, sync::Arc, time::Duration};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    db::Db,
    jobs::lease::Lease,
    role::Role,
    tasks::{catch_panic, spawn_loop},
};

mod lease;

type JobFuture<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;
type Run<A> = Rc<dyn for<'a> Fn(&'a A) -> JobFuture<'a>>;

/// Where a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In one process at a time of those that do background work.
    OneWorker,
    /// In all of these.
    EveryWorker,
    /// In every process, whatever its role.
    EveryReplica,
}

struct Job<A> {
    name: &'static str,
    every: Duration,
    place: Place,
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

    /// Runs `f` at this interval, in one worker at a time.
    #[must_use]
    pub fn every(
        self,
        every: Duration,
        name: &'static str,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.add(every, name, Place::OneWorker, f)
    }

    /// Runs `f` at this interval in every worker. The job itself must lock what only one of them may do.
    #[must_use]
    pub fn every_worker(
        self,
        every: Duration,
        name: &'static str,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.add(every, name, Place::EveryWorker, f)
    }

    /// Runs `f` at this interval in every process, also in one that only serves requests: for what keeps the process itself
    /// up to date, such as files and keys in its memory.
    #[must_use]
    pub fn every_replica(
        self,
        every: Duration,
        name: &'static str,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.add(every, name, Place::EveryReplica, f)
    }

    fn add(
        mut self,
        every: Duration,
        name: &'static str,
        place: Place,
        f: impl AsyncFn(&A) -> anyhow::Result<()> + 'static,
    ) -> Self {
        let f = Rc::new(f);
        let run: Run<A> = Rc::new(move |app| {
            let f = f.clone();
            Box::pin(async move { f(app).await })
        });
        self.jobs.push(Job { name, every, place, run });
        self
    }

    /// Whether some are background work, rather than of every process.
    pub(crate) fn has_work(&self) -> bool {
        self.jobs.iter().any(|job| job.place != Place::EveryReplica)
    }

    /// Those that run in a process of this role.
    pub(crate) fn of_role(mut self, role: Role) -> Self {
        self.jobs.retain(|job| role.works() || job.place == Place::EveryReplica);
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
            let is_leased = job.place == Place::OneWorker;
            let lease = db.filter(|_| is_leased).map(|db| Lease::new(db.clone(), job.name, holder));
            let (name, notify) = (job.name, waker.notify(job.name));
            let work = Rc::new((job, app.clone(), lease, notify));
            spawn_loop(name, stop.clone(), move |stop| run_loop(work.clone(), stop))
        })
        .collect()
}

/// What the loop of a job works with.
type Work<A> = (Job<A>, Arc<A>, Option<Lease>, Arc<Notify>);

async fn run_loop<A>(work: Rc<Work<A>>, stop: CancellationToken) {
    let (job, app, lease, notify) = &*work;
    while !stop.is_cancelled() {
        if let Err(error) = run_once(job, app, lease.as_ref()).await {
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
