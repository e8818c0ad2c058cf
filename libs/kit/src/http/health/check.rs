//! The check of one dependency, and what it says of it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::role::Role;

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
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded(_) => "degraded",
            Self::Failed(_) => "failed",
        }
    }

    /// The value of the gauge.
    pub(super) fn level(&self) -> f64 {
        match self {
            Self::Ok => 0.0,
            Self::Degraded(_) => 1.0,
            Self::Failed(_) => 2.0,
        }
    }

    pub(super) fn to_json(&self) -> Value {
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
    pub(super) name: &'static str,
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

    pub(super) async fn status(&self) -> Status {
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
