//! Opens connections to PostgreSQL, with limits on how long anything may take.

use std::{str::FromStr, time::Duration};

use diesel::ConnectionError;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};

use super::{Conn, ident, tls};

/// The server cancels a statement that takes longer, and ends a session that is silent for longer within a transaction: a
/// process that hangs, or whose machine is lost, must not keep its locks.
const LIMITS: &str =
    "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '15s'";
/// A plan is kept for the connection's lifetime. One that was made while a table was small must not read it whole once it is
/// large, so a plan uses an index wherever there is one.
const PLANS: &str = "SET enable_seqscan = off";
/// The server closes a connection whose client's machine does not answer for half a minute. Its own defaults take two hours,
/// for which it would keep the session's locks.
const KEEPALIVES: &str = "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; \
    SET tcp_keepalives_count = 3; SET tcp_user_timeout = 30000";
/// A server that has not accepted a connection by then is unavailable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection whose packets are not acknowledged for this long is closed.
const TCP_TIMEOUT: Duration = Duration::from_secs(15);

/// Opens a connection for the pool. The limits are set once for its lifetime, not in every transaction.
pub(super) async fn connect_limited(url: String, service: &str) -> Result<Conn, ConnectionError> {
    let setup = format!("{LIMITS}; {PLANS}; {}", search_path(&url, service));
    connect_with(url, &setup).await
}

/// Opens a connection that works in the schema of a service, which need not exist.
pub(super) async fn connect_to(url: String, service: &str) -> Result<Conn, ConnectionError> {
    let setup = search_path(&url, service);
    connect_with(url, &setup).await
}

/// The schema has the service's name, unless the URL's `options` choose another one. The role's own search path does not
/// matter: whoever made the role may not know the schema.
fn search_path(url: &str, service: &str) -> String {
    if url.contains("search_path") {
        return "SELECT".to_owned();
    }
    format!("SET search_path = {}", ident(service))
}

async fn connect_with(url: String, setup: &str) -> Result<Conn, ConnectionError> {
    let mut conn = connect(url).await?;
    conn.batch_execute(&format!("{KEEPALIVES}; {setup}"))
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Opens a connection, with TLS if the URL asks for it.
pub(super) async fn connect(url: String) -> Result<Conn, ConnectionError> {
    let (url, tls) =
        tls::split(&url).map_err(|e| ConnectionError::InvalidConnectionUrl(format!("{e:#}")))?;
    let mut config = tokio_postgres::Config::from_str(&url).map_err(|e| error(&e))?;
    config
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_user_timeout(TCP_TIMEOUT)
        .keepalives_idle(TCP_TIMEOUT);
    let Some(tls) = tls else {
        let (client, connection) =
            config.connect(tokio_postgres::NoTls).await.map_err(|e| error(&e))?;
        return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
    };
    let (client, connection) = config.connect(tls).await.map_err(|e| error(&e))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// An error with its causes: "error performing TLS handshake" alone does not help an operator.
pub(super) fn error(error: &dyn std::error::Error) -> ConnectionError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    ConnectionError::BadConnection(text)
}
