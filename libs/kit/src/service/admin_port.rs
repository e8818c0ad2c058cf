//! The admin port of a process: one for all its services.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use contracts::services;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::steps;
use crate::{
    config::Env,
    http::{
        drain::{self, Drain},
        health::{Readiness, Scope, admin},
    },
    telemetry,
};

/// The settings of an admin port for several services.
pub struct AdminConfig {
    /// Where it listens. The default is the gateway's own.
    pub listen: SocketAddr,
    /// How long the process drains.
    pub drain: Duration,
}

impl AdminConfig {
    pub fn from_env(env: &mut Env) -> Self {
        let default = SocketAddr::from(([127, 0, 0, 1], services::GATEWAY.admin_port()));
        let listen = env.parse_or("FOLKMOOT_ADMIN_LISTEN", default);
        Self { listen, drain: drain::time(env) }
    }
}

/// The admin port of a process that runs several services, each started with
/// [`start_with_others`](super::start_with_others).
#[derive(Clone)]
pub struct AdminPort {
    pub addr: SocketAddr,
    scope: Scope,
}

impl AdminPort {
    /// Serves the port for these services until `stop` and the drain after it; the task ends when it is closed. Services are
    /// not ready until they are started.
    pub fn open(
        config: &AdminConfig,
        services: &[&'static str],
        stop: CancellationToken,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let drain = Drain::after(stop, config.drain);
        let scope = Scope::of_process(services, &drain.draining);
        Self::serve(config.listen, scope, &drain)
    }

    /// The same for one service.
    pub(super) fn open_for(
        service: &'static str,
        listen: SocketAddr,
        drain: &Drain,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        Self::serve(listen, Scope::of_service(service, drain.draining.clone()), drain)
    }

    fn serve(
        listen: SocketAddr,
        scope: Scope,
        drain: &Drain,
    ) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let listener = steps::bind(listen)?;
        let addr = listener.local_addr()?;
        let server = admin::serve(listener, scope.clone(), drain.draining.clone())?;
        let server = steps::run_server(server, drain.ended.clone());
        crate::tasks::spawn("metrics", telemetry::run_upkeep(drain.ended.clone()));
        Ok((Self { addr, scope }, server))
    }

    pub(super) fn readiness(&self, service: &str) -> anyhow::Result<Readiness> {
        let readiness = self.scope.service(service).cloned();
        readiness.with_context(|| format!("the admin port does not know the service {service}"))
    }
}
