//! The background work of a service, on its own thread.

use std::{sync::Arc, time::Duration};

use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use super::{Kit, Service, Storage};
use crate::{
    events::{consumers, relay},
    jobs,
    tasks::spawn_loop,
};

/// How long background work may take to finish its current step at a shutdown.
const STOP_WAIT: Duration = Duration::from_secs(20);

/// Starts what the role does of the relay, the consumers and the jobs. They share a thread and runtime, so that they and the
/// requests do not delay each other.
pub(super) fn start<S: Service>(
    app: Arc<S::App>,
    kit: Kit,
    stop: CancellationToken,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else {
            tracing::error!(service = S::NAME, "failed to build the runtime for background work");
            return;
        };
        LocalSet::new().block_on(&runtime, run::<S>(app, kit, stop));
        runtime.shutdown_timeout(Duration::from_secs(1));
    })
}

async fn run<S: Service>(app: Arc<S::App>, kit: Kit, stop: CancellationToken) {
    let db = kit.storage.as_ref().map(|s| s.db.clone());
    let jobs = S::jobs().of_role(kit.role);
    let mut running = jobs::start(jobs, &app, db.as_ref(), &kit.jobs, kit.ids.next(), &stop);
    if let Some(db) = db.filter(|_| kit.role.works()) {
        let sweep = move |stop| crate::db::sweep::run(db.clone(), stop);
        running.push(spawn_loop("sweep", stop.clone(), sweep));
    }
    if let Some(Storage { db, keyring, kafka: Some(kafka), .. }) = kit.storage {
        let outbox = (db.clone(), kafka.clone(), kit.relay.clone());
        let relay = move |stop| {
            let (db, kafka, wake) = outbox.clone();
            relay::run(S::NAME, db, kafka, wake, stop)
        };
        running.push(spawn_loop("relay", stop.clone(), relay));
        let context = consumers::work::Context {
            service: S::NAME,
            app,
            db,
            kafka,
            keyring,
            relay: kit.relay,
            jobs: kit.jobs,
            stop: stop.clone(),
        };
        running.extend(consumers::work::start(context, S::consumers()));
    }
    stop.cancelled().await;
    let _ = tokio::time::timeout(STOP_WAIT, futures_util::future::join_all(running)).await;
}
