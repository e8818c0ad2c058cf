//! Steps of a service's start: binding ports, waiting for the schema, checks, and servers that stop with the service.

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
    db::{Db, DbError, migrate},
    http::health::check::Check,
};

/// Wait between two attempts to reach the database.
const RETRY_WAIT: Duration = Duration::from_secs(1);
/// Most connections that may wait to be accepted.
const BACKLOG: u32 = 2048;

pub(super) fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr}"))
}

/// Binds a port without listening: connections are refused until [`listen`], and no other process can take the port.
pub(super) fn reserve(addr: SocketAddr) -> anyhow::Result<TcpSocket> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Connections of an earlier process that are in TIME_WAIT must not block the port.
    socket.set_reuseaddr(true)?;
    socket.bind(addr).with_context(|| format!("cannot listen on {addr}"))?;
    Ok(socket)
}

/// Listens on a reserved port.
pub(super) fn listen(socket: TcpSocket) -> anyhow::Result<TcpListener> {
    Ok(socket.listen(BACKLOG)?.into_std()?)
}

pub(super) async fn wait_for_database(
    service: &str,
    error: anyhow::Error,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    if !is_unavailable(&error) {
        return Err(error);
    }
    tracing::warn!(service, %error, "waiting for the database");
    pause(stop).await
}

fn is_unavailable(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<DbError>());
    causes.any(|error| matches!(error, DbError::Unavailable(_)))
}

async fn pause(stop: &CancellationToken) -> anyhow::Result<()> {
    let wait = stop.run_until_cancelled(tokio::time::sleep(RETRY_WAIT)).await;
    wait.context("stopped before the database was reachable")
}

pub(super) async fn wait_for_schema(
    service: &str,
    db: &Db,
    migrations: EmbeddedMigrations,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    // The connection that was waited for also checks: the database may not have a second one to give.
    let mut conn = loop {
        match db.login().await {
            Ok(conn) => break conn,
            Err(error) => tracing::warn!(service, %error, "waiting for the database"),
        }
        pause(stop).await?;
    };
    let checked = migrate::check_by(&mut conn, db, migrations).await;
    checked.with_context(|| format!("schema of {service}"))
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

/// Runs a server until `stop` is cancelled.
pub(super) fn run_server(
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
