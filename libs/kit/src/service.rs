//! The life of a service: settings, telemetry, pool, schema check, HTTP, relay, consumers, jobs, and a clean stop.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use contracts::Event;
use diesel_migrations::EmbeddedMigrations;
use tokio::task::{JoinHandle, LocalSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    auth::{Verifier, Workload},
    client::Peer,
    clock::Clock,
    config::Env,
    consumer::{self, Consumers},
    db::{Db, DbConfig},
    envelope::Envelope,
    health::{self, Check},
    http,
    id::Ids,
    idempotency::Fingerprints,
    job::{self, Jobs, Nudge},
    kafka::Kafka,
    keyring::Keyring,
    migrate,
    relay::{self, Wake},
    route::Routes,
    secret::Secret,
    telemetry, tls,
};

/// Time that background work has for its last step.
const STOP_WAIT: Duration = Duration::from_secs(20);
/// Wait between looks at a database that is not there yet.
const START_WAIT: Duration = Duration::from_secs(1);

/// What a service is. It is a library; `services/suite` boots it.
pub trait Service: 'static {
    /// Its name: schema, role, consumer group, path of its settings.
    const NAME: &'static str;
    /// Its default port on loopback; the admin port is 1000 higher.
    const PORT: u16;
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
    /// What it needs besides the kit's parts to be ready.
    fn checks(_app: &Arc<Self::App>) -> Vec<Check> {
        Vec::new()
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
    /// Keyed fingerprints for idempotency.
    pub fingerprints: Fingerprints,
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

    /// Another service. Only the calls of architecture §3 are allowed.
    pub fn peer(&self, name: &'static str) -> anyhow::Result<Peer> {
        Peer::new(name, self.url(name)?, self.workload.clone())
    }

    /// Base URL of another service.
    pub fn url(&self, name: &str) -> anyhow::Result<String> {
        let found = self.urls.iter().find(|(service, _)| *service == name);
        found.map(|(_, url)| url.clone()).with_context(|| format!("there is no service {name}"))
    }
}

/// Services and their ports; the source of every default URL.
pub const PORTS: &[(&str, u16)] = &[
    ("gateway", 8080),
    ("identity", 8101),
    ("campaigns", 8102),
    ("messaging", 8103),
    ("postcodes", 8104),
    ("geolocation", 8105),
    ("keyring", 8106),
    ("retention", 8107),
    ("webhooks", 8108),
];

/// Settings every service has.
struct Common {
    listen: SocketAddr,
    admin_listen: SocketAddr,
    workers: usize,
    workload_key: Secret,
    workload_jwks: Secret,
    urls: Vec<(&'static str, String)>,
    storage: Option<(DbConfig, Kafka)>,
}

impl Common {
    fn from_env<S: Service>(env: &mut Env) -> Self {
        let upper = S::NAME.to_uppercase();
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let urls = PORTS
            .iter()
            .map(|(name, port)| {
                let default = format!("http://127.0.0.1:{port}");
                (*name, env.text(&format!("FOLKMOOT_{}_URL", name.to_uppercase()), &default))
            })
            .collect();
        let storage = S::migrations().map(|_| {
            let url = tls::database_url(env, &format!("FOLKMOOT_{upper}_DATABASE_URL"));
            let pool_size = env.parse(&format!("FOLKMOOT_{upper}_POOL_SIZE"), "10");
            (DbConfig { url, pool_size }, Kafka::from_env(env))
        });
        Self {
            listen: env.parse_or(&format!("FOLKMOOT_{upper}_LISTEN"), local(S::PORT)),
            admin_listen: env
                .parse_or(&format!("FOLKMOOT_{upper}_ADMIN_LISTEN"), local(S::PORT + 1000)),
            workers: env.parse(&format!("FOLKMOOT_{upper}_HTTP_WORKERS"), "2"),
            workload_key: env.secret(&format!("FOLKMOOT_{upper}_WORKLOAD_KEY")),
            workload_jwks: env.secret("FOLKMOOT_WORKLOAD_JWKS"),
            urls,
            storage,
        }
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
        consumer::inbox::handle_now(
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

/// Starts a service on the current runtime; it runs until `stop` is cancelled.
pub async fn start<S: Service>(
    mut env: Env,
    clock: Clock,
    background: Background,
    stop: CancellationToken,
) -> anyhow::Result<Running<S::App>> {
    let common = Common::from_env::<S>(&mut env);
    let config = S::config(&mut env);
    env.finish()?;
    let kafka = common.storage.as_ref().map(|(_, kafka)| kafka.clone());
    let (listener, admin) = (bind(common.listen)?, bind(common.admin_listen)?);
    let (addr, admin_addr) = (listener.local_addr()?, admin.local_addr()?);
    let workers = common.workers;
    let kit = build_kit::<S>(common, clock)?;
    if let (Some(storage), Some(migrations)) = (&kit.storage, S::migrations()) {
        wait_for_schema(S::NAME, &storage.db, migrations, &stop).await?;
    }
    let app = Arc::new(
        S::build(config, kit.clone()).await.with_context(|| format!("{} cannot start", S::NAME))?,
    );
    let mut checks = S::checks(&app);
    if let (Some(storage), Some(kafka)) = (&kit.storage, &kafka) {
        checks.extend(storage_checks(&storage.db, kafka));
    }
    let server =
        http::serve(S::NAME, listener, workers, app.clone(), S::routes(), kit.verifier.clone())?;
    let admin = health::serve(S::NAME, admin, checks)?;
    let counting = telemetry::count_samples(stop.clone());
    let servers = vec![
        until_stopped(server, stop.clone()),
        until_stopped(admin, stop.clone()),
        crate::tasks::spawn("metrics", counting),
    ];
    let on = background == Background::On;
    let work = on.then(|| start_work::<S>(app.clone(), kit.clone(), kafka, stop));
    tracing::info!(service = S::NAME, %addr, "started");
    Ok(Running { addr, admin_addr, app, kit, work, servers })
}

fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn build_kit<S: Service>(common: Common, clock: Clock) -> anyhow::Result<Kit> {
    let workload = Workload::new(S::NAME, &common.workload_key, clock.clone())?;
    let find = |name: &str| {
        common.urls.iter().find(|(n, _)| *n == name).map(|(_, u)| u.clone()).unwrap_or_default()
    };
    let jwks_url = format!("{}/internal/v1/jwks.json", find("gateway"));
    let verifier = Verifier::new(S::NAME, common.workload_jwks.expose(), jwks_url, clock.clone())?;
    let storage = match &common.storage {
        Some((config, _)) => {
            let keyring = Keyring::new(Peer::new("keyring", find("keyring"), workload.clone())?);
            Some(Storage { db: Db::new(S::NAME, config)?, keyring })
        }
        None => None,
    };
    Ok(Kit {
        service: S::NAME,
        clock,
        ids: Ids,
        wake: Wake::default(),
        nudge: Nudge::default(),
        fingerprints: Fingerprints::new(&common.workload_key),
        verifier,
        storage,
        workload,
        urls: common.urls,
    })
}

async fn wait_for_schema(
    service: &str,
    db: &Db,
    migrations: EmbeddedMigrations,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    while let Err(error) = db.ping().await {
        anyhow::ensure!(!stop.is_cancelled(), "stopped before the database was there");
        tracing::warn!(service, %error, "waiting for the database");
        tokio::time::sleep(START_WAIT).await;
    }
    migrate::check(db, migrations).await.with_context(|| format!("schema of {service}"))
}

fn storage_checks(db: &Db, kafka: &Kafka) -> [Check; 2] {
    let (db, kafka) = (db.clone(), kafka.clone());
    [
        Check::new("postgres", move || {
            let db = db.clone();
            async move { Ok(db.ping().await?) }
        }),
        Check::new("kafka", move || {
            let kafka = kafka.clone();
            async move { kafka.ping().await }
        }),
    ]
}

fn until_stopped(server: actix_web::dev::Server, stop: CancellationToken) -> JoinHandle<()> {
    let handle = server.handle();
    crate::tasks::spawn("http.stop", async move {
        stop.cancelled().await;
        handle.stop(true).await;
    });
    crate::tasks::spawn("http", async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "HTTP server failed");
        }
    })
}

/// Relay, consumers and jobs share one thread with a runtime of their own: they hold up no request and none holds them up.
fn start_work<S: Service>(
    app: Arc<S::App>,
    kit: Kit,
    kafka: Option<Kafka>,
    stop: CancellationToken,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else {
            tracing::error!(service = S::NAME, "no runtime for background work");
            return;
        };
        LocalSet::new().block_on(&runtime, work::<S>(app, kit, kafka, stop));
        runtime.shutdown_timeout(Duration::from_secs(1));
    })
}

async fn work<S: Service>(
    app: Arc<S::App>,
    kit: Kit,
    kafka: Option<Kafka>,
    stop: CancellationToken,
) {
    let db = kit.storage.as_ref().map(|s| s.db.clone());
    let mut running = job::start(S::jobs(), &app, db.as_ref(), &kit.nudge, kit.ids.next(), &stop);
    if let (Some(storage), Some(kafka)) = (kit.storage, kafka) {
        let (db, sweep_db, wake) = (storage.db.clone(), storage.db.clone(), kit.wake.clone());
        running.push(tokio::task::spawn_local(relay::run(
            S::NAME,
            db,
            kafka.clone(),
            wake,
            stop.clone(),
        )));
        let context = consumer::work::Context {
            service: S::NAME,
            app,
            db: storage.db,
            kafka,
            keyring: storage.keyring,
            wake: kit.wake,
            nudge: kit.nudge,
            stop: stop.clone(),
        };
        running.push(tokio::task::spawn_local(consumer::work::run(context, S::consumers())));
        running.push(tokio::task::spawn_local(crate::sweep::run(sweep_db, stop.clone())));
    }
    stop.cancelled().await;
    let _ = tokio::time::timeout(STOP_WAIT, futures_util::future::join_all(running)).await;
}
