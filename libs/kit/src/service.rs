//! The life cycle of a service: settings, pool, schema check, HTTP, relay, consumers, jobs, and a clean shutdown.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use contracts::Event;
use diesel_migrations::EmbeddedMigrations;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::settings::Common;
use crate::{
    auth::{verifier::Verifier, workload::Workload},
    client::Peer,
    clock::Clock,
    config::Env,
    db::Db,
    events::{
        consumers::{self, Consumers},
        envelope::Envelope,
        kafka::Kafka,
        relay::RelayWaker,
    },
    http::{gate::Gate, health::check::Check, idempotency::Store, routes::Routes},
    id::Ids,
    jobs::{JobWaker, Jobs},
    keyring::Keyring,
    role::Role,
};

mod admin_port;
mod launch;
mod settings;
mod steps;
mod work;

pub use admin_port::{AdminConfig, AdminPort};

/// What a service provides. It is a library; `services/suite` starts it.
pub trait Service: 'static {
    /// Its name, e.g. `campaigns`; also that of its schema, role, consumer group and settings.
    const NAME: &'static str;
    /// Its default port on loopback. The admin port is 1000 higher.
    const PORT: u16;
    /// Whether a service with a schema publishes or consumes events. One that does neither needs no Kafka: its outbox is
    /// never read.
    const USES_EVENTS: bool = true;
    type Config: Send + 'static;
    /// The state that its handlers, consumers and jobs share.
    type App: Send + Sync + 'static;

    /// Reads its settings; `env` collects the errors.
    fn config(env: &mut Env) -> Self::Config;
    /// Builds the app, once the schema is known to be up to date.
    fn build(
        config: Self::Config,
        kit: Kit,
    ) -> impl Future<Output = anyhow::Result<Self::App>> + Send;
    fn routes() -> Routes;
    /// Its migrations; `None` for a service without storage, which then has no database, Kafka or keyring either.
    fn migrations() -> Option<EmbeddedMigrations> {
        None
    }
    /// The events that it consumes.
    fn consumers() -> Consumers<Self::App> {
        Consumers::new()
    }
    fn jobs() -> Jobs<Self::App> {
        Jobs::new()
    }
    /// Decides which connections to accept; without a gate, all are accepted.
    fn gate(_app: &Arc<Self::App>) -> Option<Gate> {
        None
    }
    /// The checks that decide whether it is ready, degraded or failed.
    fn checks(_app: &Arc<Self::App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        kit.checks(&[])
    }
}

/// What the kit provides to a service's app.
#[derive(Clone)]
pub struct Kit {
    pub service: &'static str,
    pub role: Role,
    pub clock: Clock,
    pub ids: Ids,
    /// Wakes the outbox relay after a commit.
    pub relay: RelayWaker,
    pub jobs: JobWaker,
    /// Cancelled when the process is asked to end: a job that takes long takes up nothing more.
    pub stop: CancellationToken,
    /// Verifies tokens meant for this service.
    pub verifier: Verifier,
    storage: Option<Storage>,
    workload: Workload,
    urls: Vec<(&'static str, String)>,
}

#[derive(Clone)]
struct Storage {
    db: Db,
    keyring: Keyring,
    idempotency: Store,
    /// `None` for a service without events, and where no background work is done, which alone talks to Kafka.
    kafka: Option<Kafka>,
}

impl Kit {
    /// The connection pool; an error if the service has no schema.
    pub fn db(&self) -> anyhow::Result<Db> {
        self.storage.as_ref().map(|s| s.db.clone()).context("this service has no schema")
    }

    /// The client of the keyring; an error if the service has no schema.
    pub fn keyring(&self) -> anyhow::Result<Keyring> {
        self.storage.as_ref().map(|s| s.keyring.clone()).context("this service has no schema")
    }

    /// A client for another service. Only the calls that docs/ARCHITECTURE.md lists are allowed.
    pub fn peer(&self, name: &'static str) -> anyhow::Result<Peer> {
        Peer::new(name, self.url(name)?, self.workload.clone())
    }

    /// The usual checks. The database is required. Kafka is optional, since events wait in the outbox. So are these
    /// peers: their outage has a fallback or an error of its own, and must not make this service unready as well.
    pub fn checks(&self, peers: &[&'static str]) -> anyhow::Result<Vec<Check>> {
        let mut checks = self.storage.as_ref().map_or_else(Vec::new, steps::storage_checks);
        for name in peers {
            checks.push(self.peer_check(name)?);
        }
        Ok(checks)
    }

    /// Checks that another service responds; if it does not, this one is degraded.
    pub fn peer_check(&self, name: &'static str) -> anyhow::Result<Check> {
        let peer = self.peer(name)?;
        Ok(Check::optional(name, move || {
            let peer = peer.clone();
            async move { peer.ping().await }
        }))
    }

    /// Waits a moment if work of the start failed because the database is not available, so that it can be repeated; returns
    /// any other error. A process that ended instead would be started again, with a longer pause each time.
    pub async fn wait_for_database(&self, error: anyhow::Error) -> anyhow::Result<()> {
        steps::wait_for_database(self.service, error, &self.stop).await
    }

    /// Base URL of another service, without a trailing slash.
    pub fn url(&self, name: &str) -> anyhow::Result<String> {
        let url = self.urls.iter().find(|(service, _)| *service == name);
        url.map(|(_, url)| url.clone()).with_context(|| format!("there is no service {name}"))
    }
}

/// Reads a service's settings without starting it, so that `env` has all their errors.
pub fn check_config<S: Service>(env: &mut Env) {
    drop(Common::from_env::<S>(env));
    drop(S::config(env));
}

/// Whether a service has background work, so that it can run as a worker.
pub fn has_work<S: Service>() -> bool {
    S::migrations().is_some() || S::jobs().has_work()
}

/// Whether the relay, the consumers and the jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// As in production, according to the role.
    On,
    /// Only HTTP is served; tests deliver events and run jobs themselves.
    Off,
}

/// A started service.
pub struct Running<A> {
    /// Where it serves its routes, unless it is only a worker.
    pub addr: SocketAddr,
    /// Where its process serves health and metrics.
    pub admin_addr: SocketAddr,
    pub app: Arc<A>,
    kit: Kit,
    work: Option<std::thread::JoinHandle<()>>,
    servers: Vec<JoinHandle<()>>,
}

impl<A: 'static> Running<A> {
    /// Handles one event as if it had arrived from Kafka, including the inbox. For tests.
    pub async fn deliver<S: Service<App = A>, E: Event>(
        &self,
        id: Uuid,
        tenant_id: Uuid,
        event: &E,
    ) -> anyhow::Result<()> {
        self.deliver_batch::<S, E>(tenant_id, &[(id, event)]).await
    }

    /// The same with several events, which are handled in one transaction. For tests.
    pub async fn deliver_batch<S: Service<App = A>, E: Event>(
        &self,
        tenant_id: Uuid,
        events: &[(Uuid, &E)],
    ) -> anyhow::Result<()> {
        let now = self.kit.clock.now();
        let envelope = |(id, event): &(Uuid, &E)| -> anyhow::Result<Envelope> {
            Ok(Envelope::new(*id, tenant_id, E::TYPE, now, serde_json::to_vec(event)?))
        };
        let envelopes: Vec<Envelope> = events.iter().map(envelope).collect::<Result<_, _>>()?;
        let (db, keyring) = (self.kit.db()?, self.kit.keyring()?);
        consumers::inbox::handle_given(&*self.app, &db, &keyring, &S::consumers(), &envelopes).await
    }

    /// Waits for the service to shut down after its token was cancelled.
    pub async fn stopped(self) {
        for server in self.servers {
            let _ = server.await;
        }
        if let Some(work) = self.work {
            let _ = tokio::task::spawn_blocking(move || work.join()).await;
        }
    }
}

/// Starts a service on the current runtime, with an admin port of its own. It runs until `stop` is cancelled; a start that
/// fails cancels `stop` itself.
///
/// The admin port responds immediately. The service's own port refuses connections until requests can be served. When
/// `stop` is cancelled, background work ends, and the ports are served for the time of the drain.
pub async fn start<S: Service>(
    env: Env,
    clock: Clock,
    background: Background,
    stop: CancellationToken,
) -> anyhow::Result<Running<S::App>> {
    launch::launch::<S>(env, clock, background, None, stop).await
}

/// Starts a service like [`start`] in a process that runs several, which have one admin port.
pub async fn start_with_others<S: Service>(
    env: Env,
    clock: Clock,
    background: Background,
    admin: AdminPort,
    stop: CancellationToken,
) -> anyhow::Result<Running<S::App>> {
    launch::launch::<S>(env, clock, background, Some(admin), stop).await
}
