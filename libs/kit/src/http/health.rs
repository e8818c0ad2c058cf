//! The readiness of a service: the checks of its dependencies, and the report that the admin port serves.
//!
//! A service is ready if it can serve its callers. An outage of a dependency that only delays work, or has a fallback,
//! makes the service degraded but leaves it ready: taking all replicas out of service would turn a delay into an outage.

use std::sync::{Arc, OnceLock};

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use crate::http::drain::Draining;

pub(crate) mod admin;
pub mod check;

use check::{Check, Status};

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
