//! The admin port of a process: one for all its services.

use std::net::SocketAddr;

use anyhow::Context as _;
use contracts::services;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::steps;
use crate::{
    config::Env,
    http::health::{Readiness, Scope, admin},
    telemetry,
};

/// The admin port of a process that runs several services, each started with
/// [`start_with_others`](super::start_with_others).
#[derive(Clone)]
pub struct AdminPort {
    pub addr: SocketAddr,
    scope: Scope,
}

impl AdminPort {
    /// The address of the port. The default is the gateway's own.
    pub fn address(env: &mut Env) -> SocketAddr {
        let default = SocketAddr::from(([127, 0, 0, 1], services::GATEWAY.admin_port()));
        env.parse_or("FOLKMOOT_ADMIN_LISTEN", default)
    }

    /// Serves the port for these services until `stop`; the task ends when it is closed. Services are not ready until they
    /// are started.
    pub fn open(
        addr: SocketAddr,
        services: &[&'static str],
        stop: CancellationToken,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        Self::serve(addr, Scope::of_process(services), stop)
    }

    pub(super) fn serve(
        addr: SocketAddr,
        scope: Scope,
        stop: CancellationToken,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let listener = steps::bind(addr)?;
        let addr = listener.local_addr()?;
        let server = steps::run_server(admin::serve(listener, scope.clone())?, stop.clone());
        crate::tasks::spawn("metrics", telemetry::run_upkeep(stop));
        Ok((Self { addr, scope }, server))
    }

    pub(super) fn readiness(&self, service: &str) -> anyhow::Result<Readiness> {
        let readiness = self.scope.service(service).cloned();
        readiness.with_context(|| format!("the admin port does not know the service {service}"))
    }
}
