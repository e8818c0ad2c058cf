//! The start of a service, step by step.

use std::{net::TcpListener, sync::Arc};

use actix_web::dev::Server;
use anyhow::Context as _;
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use super::{AdminPort, Background, Kit, Running, Service, Storage, settings::Common, steps, work};
use crate::{
    auth::{verifier::Verifier, workload::Workload},
    client::Peer,
    clock::Clock,
    config::Env,
    db::Db,
    events::relay::RelayWaker,
    http::{
        drain::{Drain, Draining},
        idempotency::Store,
        listener::Options,
        server,
    },
    id::Ids,
    jobs::JobWaker,
    keyring::Keyring,
    tasks,
};

/// Starts a service. Without an admin port of its process, it opens one of its own.
pub(super) async fn launch<S: Service>(
    mut env: Env,
    clock: Clock,
    background: Background,
    admin: Option<AdminPort>,
    stop: CancellationToken,
) -> anyhow::Result<Running<S::App>> {
    let common = Common::from_env::<S>(&mut env);
    let config = S::config(&mut env);
    env.finish()?;
    let stop_on_failure = stop.clone().drop_guard();
    let drain = Drain::after(stop.clone(), common.drain);
    let socket = common.role.serves().then(|| steps::reserve(common.listen)).transpose()?;
    let addr = socket.as_ref().map_or(Ok(common.listen), TcpSocket::local_addr)?;
    let mut servers = Vec::new();
    let admin = if let Some(admin) = admin {
        admin
    } else {
        let (admin, server) = AdminPort::open_for(S::NAME, common.admin_listen, &drain)?;
        servers.push(server);
        admin
    };
    let readiness = admin.readiness(S::NAME)?;
    let workers = common.workers;
    let kit = build_kit::<S>(common, clock, stop.clone())?;
    tasks::spawn("key set", kit.verifier.clone().fetch_first(stop.clone()));
    let app = build_app::<S>(config, &kit, &stop).await?;
    if let Some(socket) = socket {
        let listener = steps::listen(socket)?;
        let server = serve::<S>(listener, workers, drain.draining, app.clone(), &kit)?;
        servers.push(steps::run_server(server, drain.ended));
    }
    let checks = S::checks(&app, &kit)?;
    readiness.started(checks.into_iter().filter(|check| check.is_of(kit.role)).collect());
    stop_on_failure.disarm();
    let on = background == Background::On;
    let work = on.then(|| work::start::<S>(app.clone(), kit.clone(), stop));
    tracing::info!(service = S::NAME, role = ?kit.role, %addr, "service started");
    Ok(Running { addr, admin_addr: admin.addr, app, kit, work, servers })
}

/// Waits until the database has the schema, then builds the app.
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

fn serve<S: Service>(
    listener: TcpListener,
    workers: usize,
    draining: Draining,
    app: Arc<S::App>,
    kit: &Kit,
) -> std::io::Result<Server> {
    let store = kit.storage.as_ref().map(|storage| storage.idempotency.clone());
    let (routes, gate) = (S::routes().with_idempotency_store(store), S::gate(&app));
    let options = Options { workers, finish_seconds: server::FINISH_SECONDS, gate, draining };
    server::serve(S::NAME, listener, options, app, routes, kit.verifier.clone())
}

fn build_kit<S: Service>(
    common: Common,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<Kit> {
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
        role: common.role,
        clock,
        ids: Ids,
        relay: RelayWaker::default(),
        jobs: JobWaker::default(),
        stop,
        verifier,
        storage,
        workload,
        urls: common.urls,
    })
}
