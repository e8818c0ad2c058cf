//! Steps of a start: a port, a schema that is there, checks, servers that end with the service.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use anyhow::Context as _;
use diesel_migrations::EmbeddedMigrations;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{db::Db, health::Check, kafka::Kafka, migrate};

/// Wait between looks at a database that is not there yet.
const START_WAIT: Duration = Duration::from_secs(1);

pub(super) fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

pub(super) async fn wait_for_schema(
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

pub(super) fn storage_checks(db: &Db, kafka: &Kafka) -> [Check; 2] {
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

pub(super) fn until_stopped(
    server: actix_web::dev::Server,
    stop: CancellationToken,
) -> JoinHandle<()> {
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
