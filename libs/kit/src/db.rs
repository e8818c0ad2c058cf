//! The database: a pool, and transactions that carry a name and a tenant.
//!
//! There is no other way to a connection, so no query runs without row-level security knowing whose it is.

use std::{
    str::FromStr,
    time::{Duration, Instant},
};

use diesel::ConnectionError;
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{http::problem::Problem, secret::Secret};

pub mod migrate;
pub mod probe;
pub(crate) mod sweep;
pub mod tls;

/// Of a failed transaction whose error was swallowed, COMMIT alone would make a rollback and tell a success; SELECT fails.
const COMMIT: &str = "SELECT; COMMIT";

/// A connection inside a transaction.
pub type Conn = AsyncPgConnection;

/// Every statement has an end: one that takes longer is cancelled by the server, so that no transaction stays open for it.
const LIMITS: &str = "SET statement_timeout = '30s'";
/// A server that does not answer a new connection by then is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection whose packets nobody acknowledges is given up.
const SILENCE: Duration = Duration::from_secs(15);
/// Waiting longer for a connection of the pool means the service is overloaded.
const POOL_WAIT: Duration = Duration::from_secs(5);

/// The database failed; absence of a row is never an error.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection could be had, or it broke. Nothing was committed as far as we know.
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
            // Operator intervention, lack of resources and lost sockets come without a kind.
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

/// Names of a unique or check constraint that a write ran into.
pub fn violated_constraint(error: &diesel::result::Error) -> Option<&str> {
    match error {
        diesel::result::Error::DatabaseError(_, info) => info.constraint_name(),
        _ => None,
    }
}

fn is_outage(message: &str) -> bool {
    [
        "connection closed",
        "terminating connection",
        "shutting down",
        "starting up",
        "recovery mode",
        "error communicating",
        // A failover, a full disk, too many clients, two writers in each other's way: all pass, none is the event's fault.
        "read-only transaction",
        "No space left on device",
        "out of memory",
        "too many clients",
        "remaining connection slots",
        "deadlock detected",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

/// How a service reaches its schema.
#[derive(Debug, Clone)]
pub struct DbConfig {
    /// `postgres://role:password@host/database`
    pub url: Secret,
    /// Most connections at once.
    pub pool_size: usize,
}

/// The pool of one service.
#[derive(Clone)]
pub struct Db {
    pool: deadpool::Pool<AsyncPgConnection>,
    url: Secret,
    service: &'static str,
}

impl Db {
    /// Makes a pool. Connections are opened when needed and live on the calling runtime, never on an HTTP worker's, so that
    /// a busy worker does not hold up others' queries.
    pub fn new(service: &'static str, config: &DbConfig) -> anyhow::Result<Self> {
        let home = Handle::current();
        let mut manager = ManagerConfig::default();
        manager.recycling_method = RecyclingMethod::Fast;
        manager.custom_setup = Box::new(move |url| {
            let opening = home.spawn(connect_limited(url.to_owned()));
            async move { opening.await.map_err(|e| bad_connection(&e))? }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(config.url.expose(), manager);
        let pool = deadpool::Pool::builder(manager).max_size(config.pool_size).build()?;
        Ok(Self { pool, url: config.url.clone(), service })
    }

    /// Runs `f` in a transaction that sees one tenant's rows. SQL only inside: no HTTP, Kafka, Redis or hashing.
    pub async fn tx<T, E: From<DbError>>(
        &self,
        name: &'static str,
        tenant_id: Uuid,
        f: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run(name, &format!("BEGIN; SET LOCAL folkmoot.tenant = '{tenant_id}'"), f).await
    }

    /// Runs `f` in a transaction of the service's cross-tenant worker role. For relays, sweeps and the keyring.
    pub async fn system_tx<T, E: From<DbError>>(
        &self,
        name: &'static str,
        f: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let role = worker_role(self.service);
        self.run(name, &format!("BEGIN; SET LOCAL ROLE {role}"), f).await
    }

    /// A connection of its own, outside the pool, acting as the worker role: for session locks.
    pub async fn direct(&self) -> Result<Conn, DbError> {
        let mut conn = connect(self.url.expose().to_owned()).await.map_err(|e| unavailable(&e))?;
        conn.batch_execute(&format!("SET ROLE {}", worker_role(self.service))).await?;
        Ok(conn)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        let mut conn = self.connection().await?;
        Ok(conn.batch_execute("SELECT 1").await?)
    }

    async fn connection(&self) -> Result<deadpool::Object<AsyncPgConnection>, DbError> {
        let acquired = tokio::time::timeout(POOL_WAIT, self.pool.get()).await;
        acquired.map_err(|e| unavailable(&e))?.map_err(|e| unavailable(&e))
    }

    async fn run<T, E: From<DbError>>(
        &self,
        name: &'static str,
        begin: &str,
        f: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let started = Instant::now();
        let span = tracing::debug_span!("tx", tx.name = name);
        let result = self.run_inner(begin, f).instrument(span).await;
        metrics::histogram!("folkmoot_tx_seconds", "service" => self.service, "tx" => name, "ok" => if result.is_ok() { "true" } else { "false" })
            .record(started.elapsed().as_secs_f64());
        result
    }

    async fn run_inner<T, E: From<DbError>>(
        &self,
        begin: &str,
        f: impl AsyncFnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let conn = self.connection().await?;
        let mut guard = TxGuard(Some(conn));
        let conn = guard.conn().ok_or_else(|| DbError::Unavailable("no connection".to_owned()))?;
        conn.batch_execute(begin).await.map_err(DbError::from)?;
        match f(conn).await {
            Ok(value) => {
                conn.batch_execute(COMMIT).await.map_err(DbError::from)?;
                guard.done();
                Ok(value)
            }
            Err(error) => {
                if conn.batch_execute("ROLLBACK").await.is_ok() {
                    guard.done();
                }
                Err(error)
            }
        }
    }
}

/// Name of the role that may see all tenants of one service.
pub fn worker_role(service: &str) -> String {
    format!("folkmoot_{service}_worker")
}

/// Binds the rest of the transaction to another tenant: for consumers, whose batches mix tenants.
pub(crate) async fn become_tenant(conn: &mut Conn, tenant_id: Uuid) -> Result<(), DbError> {
    Ok(conn.batch_execute(&format!("SET LOCAL folkmoot.tenant = '{tenant_id}'")).await?)
}

/// A connection in a transaction. Dropped before `done` (a cancelled request, a failed commit) it leaves the pool, so that
/// nobody inherits an open transaction or another tenant's setting.
struct TxGuard(Option<deadpool::Object<AsyncPgConnection>>);

impl TxGuard {
    fn conn(&mut self) -> Option<&mut Conn> {
        self.0.as_deref_mut()
    }

    fn done(mut self) {
        drop(self.0.take());
    }
}

impl Drop for TxGuard {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(deadpool::Object::take(object));
        }
    }
}

/// Opens a connection for the pool. The limit is set once for its life, not anew in each transaction.
async fn connect_limited(url: String) -> Result<Conn, ConnectionError> {
    let mut conn = connect(url).await?;
    conn.batch_execute(LIMITS).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Opens a connection, by TLS when the URL asks for it.
pub(crate) async fn connect(url: String) -> Result<Conn, ConnectionError> {
    let (url, tls) =
        tls::split(&url).map_err(|e| ConnectionError::InvalidConnectionUrl(format!("{e:#}")))?;
    let mut config = tokio_postgres::Config::from_str(&url).map_err(|e| bad_connection(&e))?;
    config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
    let Some(tls) = tls else {
        let (client, connection) =
            config.connect(tokio_postgres::NoTls).await.map_err(|e| bad_connection(&e))?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    };
    let (client, connection) = config.connect(tls).await.map_err(|e| bad_connection(&e))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// With its causes: "error performing TLS handshake" alone helps no operator.
fn bad_connection(error: &dyn std::error::Error) -> ConnectionError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    ConnectionError::BadConnection(text)
}

fn unavailable(error: &dyn std::error::Error) -> DbError {
    DbError::Unavailable(error.to_string())
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("service", &self.service).finish_non_exhaustive()
    }
}

/// A message that can be shown: the URL without its password.
pub fn shown(url: &Secret) -> String {
    match url::Url::parse(url.expose()) {
        Ok(mut parsed) => {
            let _ = parsed.set_password(parsed.password().map(|_| "***"));
            parsed.to_string()
        }
        Err(_) => "an unreadable database URL".to_owned(),
    }
}
