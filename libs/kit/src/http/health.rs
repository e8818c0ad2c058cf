//! Whether a service can serve its callers: its checks, what each failure means, and what the admin port says of them.
//!
//! Ready means: can serve its callers. A dependency whose outage only delays work, or has a fallback, makes the service
//! degraded but leaves it ready: an orchestrator that took every replica out for it would turn a delay into an outage.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

pub(crate) mod admin;

/// A required dependency that does not answer within this is down. Probes need a longer timeout.
const REQUIRED_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for an optional one; shorter, so that its outage never makes a probe of one second fail.
const OPTIONAL_TIMEOUT: Duration = Duration::from_millis(900);

/// How one dependency is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// As it should be.
    Ok,
    /// Work is delayed or served by a fallback; the text says why.
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

type CheckFut = Pin<Box<dyn Future<Output = Status> + Send>>;

/// How to find out the status of a dependency.
#[derive(Clone)]
pub struct Check {
    name: &'static str,
    timeout: Duration,
    /// What an error, or no answer, means.
    on_error: fn(String) -> Status,
    run: Arc<dyn Fn() -> CheckFut + Send + Sync>,
}

impl Check {
    /// A dependency without which callers cannot be served.
    pub fn required<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self::of_result(name, REQUIRED_TIMEOUT, Status::Failed, run)
    }

    /// A dependency whose outage delays work or has a fallback.
    pub fn optional<F>(name: &'static str, run: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self::of_result(name, OPTIONAL_TIMEOUT, Status::Degraded, run)
    }

    /// Something that knows its status.
    pub fn known(name: &'static str, status: impl Fn() -> Status + Send + Sync + 'static) -> Self {
        let run = Arc::new(move || -> CheckFut { Box::pin(std::future::ready(status())) });
        Self { name, timeout: REQUIRED_TIMEOUT, on_error: Status::Failed, run }
    }

    fn of_result<F>(
        name: &'static str,
        timeout: Duration,
        on_error: fn(String) -> Status,
        run: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let run = Arc::new(move || -> CheckFut {
            let result = run();
            Box::pin(async move {
                result.await.map_or_else(|error| on_error(format!("{error:#}")), |()| Status::Ok)
            })
        });
        Self { name, timeout, on_error, run }
    }

    async fn status(&self) -> Status {
        let status = tokio::time::timeout(self.timeout, (self.run)()).await;
        status.unwrap_or_else(|_elapsed| (self.on_error)("no answer in time".to_owned()))
    }
}

/// The readiness of one service: unknown until it has started.
#[derive(Clone)]
pub(crate) struct Readiness {
    service: &'static str,
    checks: Arc<OnceLock<Vec<Check>>>,
}

impl Readiness {
    pub(crate) fn starting(service: &'static str) -> Self {
        Self { service, checks: Arc::default() }
    }

    /// The service has started; from now on these decide.
    pub(crate) fn started(&self, checks: Vec<Check>) {
        let _ = self.checks.set(checks);
    }

    /// Asks every dependency at once and sets its gauge; none while the service is starting.
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
        let Some(statuses) = self.statuses().await else {
            let body = json!({"service": self.service, "status": "starting", "ready": false});
            return (false, body);
        };
        let named = |wanted: &str| -> Vec<&'static str> {
            let of = statuses.iter().filter(|(_, status)| status.name() == wanted);
            of.map(|(name, _)| *name).collect()
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
