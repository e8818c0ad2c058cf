//! Background work of a service, on a thread of its own.

use std::{sync::Arc, time::Duration};

use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use super::{Kit, Service, Storage};
use crate::{
    events::{consumers, relay},
    jobs,
};

/// Time that background work has for its last step.
const STOP_WAIT: Duration = Duration::from_secs(20);

/// Relay, consumers and jobs share one thread with a runtime of their own: they hold up no request and none holds them up.
pub(super) fn start<S: Service>(
    app: Arc<S::App>,
    kit: Kit,
    stop: CancellationToken,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else {
            tracing::error!(service = S::NAME, "no runtime for background work");
            return;
        };
        LocalSet::new().block_on(&runtime, work::<S>(app, kit, stop));
        runtime.shutdown_timeout(Duration::from_secs(1));
    })
}

async fn work<S: Service>(app: Arc<S::App>, kit: Kit, stop: CancellationToken) {
    let db = kit.storage.as_ref().map(|s| s.db.clone());
    let mut running = jobs::start(S::jobs(), &app, db.as_ref(), &kit.nudge, kit.ids.next(), &stop);
    if let Some(db) = db {
        running.push(tokio::task::spawn_local(crate::db::sweep::run(db, stop.clone())));
    }
    if let Some(Storage { db, keyring, kafka: Some(kafka), .. }) = kit.storage {
        let relay = relay::run(S::NAME, db.clone(), kafka.clone(), kit.wake.clone(), stop.clone());
        running.push(tokio::task::spawn_local(relay));
        let context = consumers::work::Context {
            service: S::NAME,
            app,
            db,
            kafka,
            keyring,
            wake: kit.wake,
            nudge: kit.nudge,
            stop: stop.clone(),
        };
        running.push(tokio::task::spawn_local(consumers::work::run(context, S::consumers())));
    }
    stop.cancelled().await;
    let _ = tokio::time::timeout(STOP_WAIT, futures_util::future::join_all(running)).await;
}
