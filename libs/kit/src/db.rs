//! The database: a pool, and transactions that carry a name and a tenant.
//!
//! There is no other way to get a connection, so every query runs under row-level security.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::{
    config::Env,
    http::problem::Problem,
    secret::Secret,
    telemetry::spans::{Span, SpanKind},
};

mod connection;
pub mod group;
pub mod inspect;
mod login;
pub mod migrate;
mod pool;
pub mod prepared;
pub mod probe;
pub(crate) mod sweep;
pub mod tls;
mod transaction;
pub mod unnest;

/// A connection inside a transaction.
pub type Conn = AsyncPgConnection;

/// A service that waits longer for a connection of its pool is overloaded.
const POOL_WAIT: Duration = Duration::from_secs(5);
/// The server ends a direct session without a query for so long, so that a process that hangs does not keep its lock. The
/// relay waits for Kafka for less.
const SILENCE: &str = "30s";

/// The database failed. A missing row is not an error.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// There was no connection, or it broke. As far as is known, nothing was committed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The query failed.
    #[error(transparent)]
    Query(diesel::result::Error),
}

impl From<diesel::result::Error> for DbError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind::ClosedConnection, Error};
        match &error {
            Error::DatabaseError(ClosedConnection, _) | Error::BrokenTransactionManager => {
                Self::Unavailable(error.to_string())
            }
            // Diesel has no kind for operator intervention, lack of resources and lost sockets.
            Error::DatabaseError(_, info) if is_outage(info.message()) => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Query(error),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => {
                tracing::warn!(%cause, "database unavailable");
                Self::unavailable("The database")
            }
            DbError::Query(cause) => Self::internal(&cause.into()),
        }
    }
}

/// The name of the constraint that a write violated, if any.
pub fn violated_constraint(error: &diesel::result::Error) -> Option<&str> {
    match error {
        diesel::result::Error::DatabaseError(_, info) => info.constraint_name(),
        _ => None,
    }
}

/// Recognises outages by the text of the message, so `lc_messages` of the server must be English.
fn is_outage(message: &str) -> bool {
    [
        "connection closed",
        "terminating connection",
        "shutting down",
        "starting up",
        "recovery mode",
        "error communicating",
        // Failovers, full disks, too many clients and deadlocks pass, and no event causes them.
        "read-only transaction",
        "No space left on device",
        "out of memory",
        "too many clients",
        "remaining connection slots",
        "deadlock detected",
    ]
    .iter()
    .any(|text| message.contains(text))
}

/// How a service reaches its schema.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// `postgres://role:password@host/database`
    pub url: Secret,
    /// Most connections that are open at once.
    pub pool_size: usize,
    /// The role that sees the rows of every tenant. The role of the URL is a member and does not inherit from it.
    pub worker_role: String,
}

impl DbConfig {
    /// With the default worker role: the name of the URL's role and `_worker`.
    pub fn new(url: Secret, pool_size: usize) -> anyhow::Result<Self> {
        let worker_role = login::Login::of(&url)?.default_worker();
        Ok(Self { url, pool_size, worker_role })
    }

    /// Reads the settings of a service.
    pub fn from_env(env: &mut Env, service: &str) -> Self {
        let upper = service.to_uppercase();
        let url = tls::database_url(env, &format!("FOLKMOOT_{upper}_DATABASE_URL"));
        let pool_size = env.parse(&format!("FOLKMOOT_{upper}_POOL_SIZE"), "10");
        let worker_role = login::worker_role(env, &format!("FOLKMOOT_{upper}_WORKER_ROLE"), &url);
        Self { url, pool_size, worker_role }
    }
}

/// The pool of one service.
#[derive(Clone)]
pub struct Db {
    pool: deadpool::Pool<AsyncPgConnection>,
    url: Secret,
    service: &'static str,
    worker: Arc<str>,
}

impl Db {
    /// Makes a pool. Connections are opened on demand, and are driven by the calling runtime rather than by an HTTP
    /// worker, so that a busy worker does not delay the queries of others. One that nobody waits for is not opened: with
    /// a slow database each caller would leave one behind, beyond the size of the pool, and make it slower.
    pub fn new(service: &'static str, config: &DbConfig) -> anyhow::Result<Self> {
        let runtime = Handle::current();
        let mut manager = ManagerConfig::default();
        manager.recycling_method = RecyclingMethod::Fast;
        manager.custom_setup = Box::new(move |url| {
            let opening = runtime.spawn(connection::connect_limited(url.to_owned(), service));
            let opening = AbortOnDropHandle::new(opening);
            async move { opening.await.map_err(|e| connection::error(&e))? }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(config.url.expose(), manager);
        let pool = deadpool::Pool::builder(manager).max_size(config.pool_size).build()?;
        let worker = config.worker_role.as_str().into();
        Ok(Self { pool, url: config.url.clone(), service, worker })
    }

    pub(crate) fn service(&self) -> &'static str {
        self.service
    }

    /// Runs `f` in a transaction that sees one tenant's rows. `f` runs SQL only: no HTTP, Kafka, Redis or hashing.
    pub async fn tx<T, E: From<DbError>>(
        &self,
        name: &'static str,
        tenant_id: Uuid,
        f: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(name, &format!("BEGIN; SET LOCAL folkmoot.tenant = '{tenant_id}'"), f).await
    }

    /// Runs `f` in a transaction of the service's worker role, which sees every tenant's rows.
    pub async fn system_tx<T, E: From<DbError>>(
        &self,
        name: &'static str,
        f: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(name, &format!("BEGIN; SET LOCAL ROLE {}", ident(&self.worker)), f).await
    }

    /// A connection outside the pool, in the worker role. For session-level locks: whoever is silent for [`SILENCE`] loses
    /// them.
    pub async fn direct(&self) -> Result<Conn, DbError> {
        let mut conn = self.login().await?;
        let role = ident(&self.worker);
        let setup = format!("SET idle_session_timeout = '{SILENCE}'; SET ROLE {role}");
        conn.batch_execute(&setup).await?;
        Ok(conn)
    }

    /// A connection outside the pool, in the service's own role.
    pub(crate) async fn login(&self) -> Result<Conn, DbError> {
        let url = self.url.expose().to_owned();
        connection::connect_to(url, self.service).await.map_err(|e| unavailable(&e))
    }

    /// Fails unless the database responds. Each scrape calls it, so it also measures the pool.
    pub async fn ping(&self) -> Result<(), DbError> {
        pool::measure(self.service, &self.pool);
        let mut conn = self.connection().await?;
        Ok(conn.batch_execute("SELECT 1").await?)
    }

    async fn connection(&self) -> Result<deadpool::Object<AsyncPgConnection>, DbError> {
        let started = Instant::now();
        let acquired = tokio::time::timeout(POOL_WAIT, self.pool.get()).await;
        pool::waited(self.service, started);
        acquired.map_err(|e| unavailable(&e))?.map_err(|e| unavailable(&e))
    }

    async fn run<T, E: From<DbError>>(
        &self,
        name: &'static str,
        begin: &str,
        f: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let started = Instant::now();
        let span = Span::child(self.service, SpanKind::Client, format_args!("{name}"));
        span.set("db.system.name", "postgresql");
        let run = async { transaction::run(self.connection().await?, begin, f).await };
        let result = span.run(run).await;
        span.set("folkmoot.tx.committed", result.is_ok());
        metrics::histogram!("folkmoot_tx_seconds", "service" => self.service, "tx" => name, "ok" => if result.is_ok() { "true" } else { "false" })
            .record(started.elapsed().as_secs_f64());
        result
    }
}

/// Binds the rest of the transaction to another tenant. For consumers, whose batches have events of several tenants.
pub(crate) async fn become_tenant(conn: &mut Conn, tenant_id: Uuid) -> Result<(), DbError> {
    Ok(conn.batch_execute(&format!("SET LOCAL folkmoot.tenant = '{tenant_id}'")).await?)
}

/// A name as SQL writes it.
fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn unavailable(error: &dyn std::error::Error) -> DbError {
    DbError::Unavailable(error.to_string())
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("service", &self.service).finish_non_exhaustive()
    }
}

/// The URL without its password, for messages.
pub fn shown(url: &Secret) -> String {
    match url::Url::parse(url.expose()) {
        Ok(mut parsed) => {
            let _ = parsed.set_password(parsed.password().map(|_| "***"));
            parsed.to_string()
        }
        Err(_) => "an unreadable database URL".to_owned(),
    }
}
