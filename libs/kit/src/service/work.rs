//! Background work of a service, on a thread of its own.

use std::{sync::Arc, time::Duration};

use tokio::task::LocalSet;
use tokio_util::sync::CancellationToken;

use super::{Kit, Service};
use crate::{consumer, job, kafka::Kafka, relay};

/// Time that background work has for its last step.
const STOP_WAIT: Duration = Duration::from_secs(20);

/// Relay, consumers and jobs share one thread with a runtime of their own: they hold up no request and none holds them up.
pub(super) fn start<S: Service>(
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
