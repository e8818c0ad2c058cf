//! Steps of a start: ports, a migrated schema, checks, servers that end with the service.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use anyhow::Context as _;
use diesel_migrations::EmbeddedMigrations;
use tokio::{net::TcpSocket, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::Storage;
use crate::{
    db::{Db, migrate},
    http::health::Check,
};

/// Wait between two attempts to reach the database.
const START_WAIT: Duration = Duration::from_secs(1);
/// Connections that wait to be accepted.
const BACKLOG: u32 = 2048;

pub(super) fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))
}

/// Takes a port without listening on it: connections are refused until [`listen`], and nobody else can take it.
pub(super) fn reserve(addr: SocketAddr) -> anyhow::Result<TcpSocket> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // What connections of an earlier process left behind must not keep this one from its port.
    socket.set_reuseaddr(true)?;
    socket.bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    Ok(socket)
}

/// Lets connections in on a reserved port.
pub(super) fn listen(socket: TcpSocket) -> anyhow::Result<TcpListener> {
    Ok(socket.listen(BACKLOG)?.into_std()?)
}

pub(super) async fn wait_for_schema(
    service: &str,
    db: &Db,
    migrations: EmbeddedMigrations,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    while let Err(error) = db.ping().await {
        tracing::warn!(service, %error, "waiting for the database");
        let wait = stop.run_until_cancelled(tokio::time::sleep(START_WAIT)).await;
        wait.context("stopped before the database was reachable")?;
    }
    migrate::check(db, migrations).await.with_context(|| format!("schema of {service}"))
}

pub(super) fn storage_checks(storage: &Storage) -> Vec<Check> {
    let db = storage.db.clone();
    let mut checks = vec![Check::required("postgres", move || {
        let db = db.clone();
        async move { Ok(db.ping().await?) }
    })];
    checks.extend(storage.kafka.clone().map(|kafka| {
        Check::optional("kafka", move || {
            let kafka = kafka.clone();
            async move { kafka.ping().await }
        })
    }));
    checks
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
