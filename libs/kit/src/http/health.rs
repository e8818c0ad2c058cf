//! The readiness of a service: the checks of its dependencies, and the report that the admin port serves.
//!
//! A service is ready if it can serve its callers. An outage of a dependency that only delays work, or has a fallback,
//! makes the service degraded but leaves it ready: taking all replicas out of service would turn a delay into an outage.

use std::{
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use crate::{http::drain::Draining, role::Role};

pub(crate) mod admin;

/// A required dependency that does not respond within this has failed. An orchestrator's probe needs a longer timeout.
const REQUIRED_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for an optional dependency. It is shorter, so that its outage never makes a probe of one second fail.
const OPTIONAL_TIMEOUT: Duration = Duration::from_millis(900);

/// The status of a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Ok,
    /// Work is delayed, or done by a fallback; the text says why.
    Degraded(String),
    /// Callers cannot be served; the text says why.
    Failed(String),
}

impl Status {
    fn name(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded(_) => "degraded",
            Self::Failed(_) => "failed",
        }
    }

    /// The value of the gauge.
    fn level(&self) -> f64 {
        match self {
            Self::Ok => 0.0,
            Self::Degraded(_) => 1.0,
            Self::Failed(_) => 2.0,
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Ok => json!({"status": self.name()}),
            Self::Degraded(detail) | Self::Failed(detail) => {
                json!({"status": self.name(), "detail": detail})
            }
        }
    }
}

type CheckFuture = Pin<Box<dyn Future<Output = Status> + Send>>;

/// A check of one dependency.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    /// The role whose processes need the dependency; `None` if all do.
    role: Option<Role>,
    timeout: Duration,
    /// The status when the check fails or times out.
    on_error: fn(String) -> Status,
    /// Whether it has passed, if the service is not ready before it has.
    has_passed: Option<Arc<AtomicBool>>,
    run: Arc<dyn Fn() -> CheckFuture + Send + Sync>,
}

impl Check {
    /// A dependency without which callers cannot be served.
    pub fn required<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self::from_result(name, REQUIRED_TIMEOUT, Status::Failed, run)
    }

    /// A dependency whose outage delays work or has a fallback.
    pub fn optional<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self::from_result(name, OPTIONAL_TIMEOUT, Status::Degraded, run)
    }

    /// A check whose status is known without waiting.
    pub fn from_status(
        name: &'static str,
        status: impl Fn() -> Status + Send + Sync + 'static,
    ) -> Self {
        let run = Arc::new(move || -> CheckFuture { Box::pin(std::future::ready(status())) });
        Self {
            name,
            role: None,
            timeout: REQUIRED_TIMEOUT,
            on_error: Status::Failed,
            has_passed: None,
            run,
        }
    }

    /// Restricts the check to processes that serve requests.
    #[must_use]
    pub fn for_requests(self) -> Self {
        Self { role: Some(Role::Api), ..self }
    }

    /// Restricts the check to processes that do background work.
    #[must_use]
    pub fn for_work(self) -> Self {
        Self { role: Some(Role::Worker), ..self }
    }

    /// Makes the service unready until the check has passed once. A new pod gets requests only when the rules of the network
    /// let it through to the dependency, and an outage later on does not take all replicas out of service.
    #[must_use]
    pub fn before_first_request(self) -> Self {
        Self { has_passed: Some(Arc::default()), ..self }
    }

    /// Whether a process of this role needs the dependency.
    pub(crate) fn is_of(&self, role: Role) -> bool {
        role == Role::Both || self.role.is_none_or(|needed_by| needed_by == role)
    }

    fn from_result<F>(
        name: &'static str,
        timeout: Duration,
        on_error: fn(String) -> Status,
        run: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let run = Arc::new(move || -> CheckFuture {
            let result = run();
            Box::pin(async move {
                result.await.map_or_else(|error| on_error(format!("{error:#}")), |()| Status::Ok)
            })
        });
        Self { name, role: None, timeout, on_error, has_passed: None, run }
    }

    async fn status(&self) -> Status {
        let status = tokio::time::timeout(self.timeout, (self.run)()).await;
        let status =
            status.unwrap_or_else(|_elapsed| (self.on_error)("no response in time".to_owned()));
        let Some(has_passed) = &self.has_passed else { return status };
        match status {
            Status::Degraded(why) if !has_passed.load(Relaxed) => Status::Failed(why),
            status => {
                has_passed.fetch_or(status == Status::Ok, Relaxed);
                status
            }
        }
    }
}

/// Statuses of a service, the gravest first: the first that one of them has is that of several together.
const STATUSES: [&str; 5] = ["stopping", "failed", "starting", "degraded", "ok"];

/// Whose readiness an admin port reports.
#[derive(Clone)]
pub(crate) enum Scope {
    /// That of the one service of a process.
    Service(Readiness),
    /// That of all services of a process, together and each by its name.
    Process(Arc<[Readiness]>),
}

impl Scope {
    /// Of a process that runs only this service.
    pub(crate) fn of_service(name: &'static str, draining: Draining) -> Self {
        Self::Service(Readiness::starting(name, draining))
    }

    /// Of a process that runs these services.
    pub(crate) fn of_process(names: &[&'static str], draining: &Draining) -> Self {
        let services = names.iter().map(|name| Readiness::starting(name, draining.clone()));
        Self::Process(services.collect())
    }

    /// The readiness of a service of this process.
    pub(crate) fn service(&self, name: &str) -> Option<&Readiness> {
        self.services().iter().find(|readiness| readiness.service == name)
    }

    fn services(&self) -> &[Readiness] {
        match self {
            Self::Service(readiness) => std::slice::from_ref(readiness),
            Self::Process(services) => services,
        }
    }

    /// The name under which the process reports its version.
    fn name(&self) -> &'static str {
        match self {
            Self::Service(readiness) => readiness.service,
            Self::Process(_) => "all",
        }
    }

    /// Runs the checks of all services, which sets their gauges.
    async fn check(&self) {
        join_all(self.services().iter().map(Readiness::statuses)).await;
    }

    /// Whether the process is ready, and the body that says why.
    async fn report(&self) -> (bool, Value) {
        match self {
            Self::Service(readiness) => readiness.report().await,
            Self::Process(services) => report_together(services).await,
        }
    }
}

async fn report_together(services: &[Readiness]) -> (bool, Value) {
    let reports = join_all(services.iter().map(Readiness::report)).await;
    let ready = reports.iter().all(|(ready, _)| *ready);
    let gravest =
        STATUSES.iter().find(|&&status| reports.iter().any(|(_, r)| r["status"] == status));
    let named = services.iter().map(|readiness| readiness.service.to_owned());
    let services: Map<String, Value> = named.zip(reports.into_iter().map(|(_, r)| r)).collect();
    (ready, json!({"status": gravest, "ready": ready, "services": services}))
}

/// The readiness of one service: unknown until it has started, and over when its process drains.
#[derive(Clone)]
pub(crate) struct Readiness {
    service: &'static str,
    draining: Draining,
    checks: Arc<OnceLock<Vec<Check>>>,
}

impl Readiness {
    fn starting(service: &'static str, draining: Draining) -> Self {
        Self { service, draining, checks: Arc::default() }
    }

    /// Marks the service as started; from now on these checks decide.
    pub(crate) fn started(&self, checks: Vec<Check>) {
        let _ = self.checks.set(checks);
    }

    /// Runs all checks at once and sets their gauges. `None` while the service is starting.
    async fn statuses(&self) -> Option<Vec<(&'static str, Status)>> {
        let checks = self.checks.get()?;
        let statuses = join_all(checks.iter().map(Check::status)).await;
        let named = checks.iter().map(|check| check.name).zip(statuses);
        Some(named.inspect(|(name, status)| self.set_gauge(name, status)).collect())
    }

    fn set_gauge(&self, check: &'static str, status: &Status) {
        metrics::gauge!("folkmoot_check_status", "service" => self.service, "check" => check)
            .set(status.level());
    }

    /// Whether the service is ready, and the body that says why.
    async fn report(&self) -> (bool, Value) {
        let not_ready =
            |status| (false, json!({"service": self.service, "status": status, "ready": false}));
        if self.draining.is_on() {
            return not_ready("stopping");
        }
        let Some(statuses) = self.statuses().await else { return not_ready("starting") };
        let named = |wanted: &str| -> Vec<&'static str> {
            let matching = statuses.iter().filter(|(_, status)| status.name() == wanted);
            matching.map(|(name, _)| *name).collect()
        };
        let (degraded, failed) = (named("degraded"), named("failed"));
        let ready = failed.is_empty();
        let status = match (ready, degraded.is_empty()) {
            (false, _) => "failed",
            (true, false) => "degraded",
            (true, true) => "ok",
        };
        let checks: Map<String, Value> =
            statuses.iter().map(|(name, status)| ((*name).to_owned(), status.to_json())).collect();
        let body = json!({
            "service": self.service,
            "status": status,
            "ready": ready,
            "degraded": degraded,
            "failed": failed,
            "checks": checks,
        });
        (ready, body)
    }
}
