//! The life of a service: settings, telemetry, pool, schema check, HTTP, relay, consumers, jobs, and a clean stop.

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
        relay::Wake,
    },
    http::{
        self,
        gate::Gate,
        health::{self, Check, Readiness},
        idempotency::Store,
        routes::Routes,
    },
    id::Ids,
    jobs::{Jobs, Nudge},
    keyring::Keyring,
    telemetry,
};

mod settings;
mod steps;
mod work;

/// What a service is. It is a library; `services/suite` boots it.
pub trait Service: 'static {
    /// Its name: schema, role, consumer group, path of its settings.
    const NAME: &'static str;
    /// Its default port on loopback; the admin port is 1000 higher.
    const PORT: u16;
    /// Whether a service with a schema publishes or consumes events. One that does neither needs no Kafka: its outbox is
    /// never read.
    const USES_EVENTS: bool = true;
    /// Its settings.
    type Config: Send + 'static;
    /// What its handlers get first.
    type App: Send + Sync + 'static;

    /// Reads its settings; faults are gathered in `env`.
    fn config(env: &mut Env) -> Self::Config;
    /// Builds the app.
    fn build(
        config: Self::Config,
        kit: Kit,
    ) -> impl Future<Output = anyhow::Result<Self::App>> + Send;
    /// Its URLs.
    fn routes() -> Routes;
    /// Its schema; none for a service without storage, which then has no database, Kafka or keyring either.
    fn migrations() -> Option<EmbeddedMigrations> {
        None
    }
    /// The events it listens to.
    fn consumers() -> Consumers<Self::App> {
        Consumers::new()
    }
    /// Its periodic work.
    fn jobs() -> Jobs<Self::App> {
        Jobs::new()
    }
    /// Decides on new connections; every one is accepted unless the service has a gate.
    fn gate(_app: &Arc<Self::App>) -> Option<Gate> {
        None
    }
    /// What decides whether it is ready, degraded or neither.
    fn checks(_app: &Arc<Self::App>, kit: &Kit) -> anyhow::Result<Vec<Check>> {
        kit.checks(&[])
    }
}

/// The kit's parts, as a service's app gets them.
#[derive(Clone)]
pub struct Kit {
    /// The service's name.
    pub service: &'static str,
    /// Time.
    pub clock: Clock,
    /// Ids and tokens.
    pub ids: Ids,
    /// Wakes the relay after a commit.
    pub wake: Wake,
    /// Wakes jobs.
    pub nudge: Nudge,
    /// Checks tokens meant for this service.
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
    /// None for a service without events.
    kafka: Option<Kafka>,
}

impl Kit {
    /// The pool.
    pub fn db(&self) -> anyhow::Result<Db> {
        self.storage.as_ref().map(|s| s.db.clone()).context("this service has no schema")
    }

    /// The keyring's client.
    pub fn keyring(&self) -> anyhow::Result<Keyring> {
        self.storage.as_ref().map(|s| s.keyring.clone()).context("this service has no schema")
    }

    /// Another service. Only the calls that docs/ARCHITECTURE.md lists are allowed.
    pub fn peer(&self, name: &'static str) -> anyhow::Result<Peer> {
        Peer::new(name, self.url(name)?, self.workload.clone())
    }

    /// The usual checks: callers cannot be served without the database; without Kafka, events wait in the outbox; and
    /// an outage of these peers has a fallback or its own error, so it must not take this service down as well.
    pub fn checks(&self, peers: &[&'static str]) -> anyhow::Result<Vec<Check>> {
        let mut checks = self.storage.as_ref().map_or_else(Vec::new, steps::storage_checks);
        for name in peers {
            checks.push(self.peer_check(name)?);
        }
        Ok(checks)
    }

    /// Whether another service answers.
    pub fn peer_check(&self, name: &'static str) -> anyhow::Result<Check> {
        let peer = self.peer(name)?;
        Ok(Check::optional(name, move || {
            let peer = peer.clone();
            async move { peer.ping().await }
        }))
    }

    /// Base URL of another service.
    pub fn url(&self, name: &str) -> anyhow::Result<String> {
        let found = self.urls.iter().find(|(service, _)| *service == name);
        found.map(|(_, url)| url.clone()).with_context(|| format!("there is no service {name}"))
    }
}

/// Reads a service's settings and tells all faults, without starting anything.
pub fn check_config<S: Service>(env: &mut Env) {
    drop(Common::from_env::<S>(env));
    drop(S::config(env));
}

/// Whether relay, consumers and jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// As in production.
    On,
    /// HTTP only; tests deliver events and run jobs themselves.
    Off,
}

/// A started service.
pub struct Running<A> {
    /// Its HTTP address.
    pub addr: SocketAddr,
    /// Its admin address.
    pub admin_addr: SocketAddr,
    /// Its app.
    pub app: Arc<A>,
    kit: Kit,
    work: Option<std::thread::JoinHandle<()>>,
    servers: Vec<JoinHandle<()>>,
}

impl<A: 'static> Running<A> {
    /// Lets the service handle one event as if it had come from Kafka, inbox and all; for tests and drills.
    pub async fn deliver<S: Service<App = A>, E: Event>(
        &self,
        id: Uuid,
        tenant_id: Uuid,
        event: &E,
    ) -> anyhow::Result<()> {
        let data = serde_json::to_vec(event)?;
        let envelope = Envelope::made(id, tenant_id, E::TYPE, self.kit.clock.now(), data);
        consumers::inbox::handle_now(
            &*self.app,
            &self.kit.db()?,
            &self.kit.keyring()?,
            &S::consumers(),
            &envelope,
        )
        .await
    }

    /// Waits until the service has stopped after its token was cancelled.
    pub async fn stopped(self) {
        for server in self.servers {
            let _ = server.await;
        }
        if let Some(work) = self.work {
            let _ = tokio::task::spawn_blocking(move || work.join()).await;
        }
    }
}

/// Starts a service on the current runtime; it runs until `stop` is cancelled, which a failed start does itself.
///
/// The admin port answers from the first moment. The service's own port refuses connections until it can serve them.
pub async fn start<S: Service>(
    mut env: Env,
    clock: Clock,
    background: Background,
    stop: CancellationToken,
) -> anyhow::Result<Running<S::App>> {
    let common = Common::from_env::<S>(&mut env);
    let config = S::config(&mut env);
    env.finish()?;
    let stop_on_failure = stop.clone().drop_guard();
    let (socket, admin) = (steps::reserve(common.listen)?, steps::bind(common.admin_listen)?);
    let (addr, admin_addr) = (socket.local_addr()?, admin.local_addr()?);
    let readiness = Readiness::starting(S::NAME);
    let admin = health::admin::serve(admin, readiness.clone())?;
    let mut servers = vec![steps::until_stopped(admin, stop.clone())];
    let workers = common.workers;
    let kit = build_kit::<S>(common, clock)?;
    let app = build_app::<S>(config, &kit, &stop).await?;
    let (verifier, listener) = (kit.verifier.clone(), steps::listen(socket)?);
    let routes = S::routes().keyed_in(kit.storage.as_ref().map(|s| s.idempotency.clone()));
    let gate = S::gate(&app);
    let server =
        http::server::serve(S::NAME, listener, workers, app.clone(), routes, verifier, gate)?;
    servers.push(steps::until_stopped(server, stop.clone()));
    servers.push(crate::tasks::spawn("metrics", telemetry::count_samples(stop.clone())));
    readiness.started(S::checks(&app, &kit)?);
    stop_on_failure.disarm();
    let on = background == Background::On;
    let work = on.then(|| work::start::<S>(app.clone(), kit.clone(), stop));
    tracing::info!(service = S::NAME, %addr, "service started");
    Ok(Running { addr, admin_addr, app, kit, work, servers })
}

/// Waits for the schema and builds the app on it.
async fn build_app<S: Service>(
    config: S::Config,
    kit: &Kit,
    stop: &CancellationToken,
) -> anyhow::Result<Arc<S::App>> {
    if let (Some(storage), Some(migrations)) = (&kit.storage, S::migrations()) {
        steps::wait_for_schema(S::NAME, &storage.db, migrations, stop).await?;
    }
    let app = S::build(config, kit.clone()).await;
    Ok(Arc::new(app.with_context(|| format!("{} cannot start", S::NAME))?))
}

fn build_kit<S: Service>(common: Common, clock: Clock) -> anyhow::Result<Kit> {
    let workload = Workload::new(S::NAME, &common.workload_key, clock.clone())?;
    let find = |name: &str| {
        common.urls.iter().find(|(n, _)| *n == name).map(|(_, u)| u.clone()).unwrap_or_default()
    };
    let jwks_url = format!("{}/internal/v1/jwks.json", find("gateway"));
    let verifier = Verifier::new(S::NAME, common.workload_jwks.expose(), jwks_url, clock.clone())?;
    let storage = match common.storage {
        Some((config, kafka)) => {
            let keyring = Keyring::new(Peer::new("keyring", find("keyring"), workload.clone())?);
            let db = Db::new(S::NAME, &config)?;
            let idempotency = Store::new(db.clone(), &common.workload_key);
            Some(Storage { db, keyring, idempotency, kafka })
        }
        None => None,
    };
    Ok(Kit {
        service: S::NAME,
        clock,
        ids: Ids,
        wake: Wake::default(),
        nudge: Nudge::default(),
        verifier,
        storage,
        workload,
        urls: common.urls,
    })
}
