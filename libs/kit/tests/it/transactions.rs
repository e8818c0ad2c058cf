//! A transaction takes effect as a whole or not at all, however its future ends.

use std::time::Duration;

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl as _;
use kit::{
    db::{Conn, Db, DbConfig, DbError},
    id::Ids,
    secret::Secret,
};
use tokio::{io::AsyncReadExt as _, net::TcpListener, time::timeout};
use uuid::Uuid;

use crate::{notes, support};

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

async fn shown(conn: &mut Conn, name: &str) -> Result<String, DbError> {
    let sql = format!("SELECT current_setting('{name}') AS value");
    Ok(sql_query(sql).get_result::<Setting>(conn).await?.value)
}

/// A process that hangs answers no query, and a machine that is lost not even a packet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_ends_the_sessions_of_processes_that_hang_and_of_machines_that_are_lost() {
    let (_schema, db) = support::pool(1).await;
    let look = async |conn: &mut Conn| shown(conn, "idle_in_transaction_session_timeout").await;
    assert_eq!(db.tx("test.limits", Ids.next(), look).await.unwrap(), "15s");
    let look = async |conn: &mut Conn| shown(conn, "tcp_keepalives_idle").await;
    assert_eq!(db.tx("test.limits", Ids.next(), look).await.unwrap(), "15");
    let mut direct = db.direct().await.unwrap();
    assert_eq!(shown(&mut direct, "idle_session_timeout").await.unwrap(), "30s");
    assert_eq!(shown(&mut direct, "tcp_keepalives_count").await.unwrap(), "3");
}

/// Checks that the pool's only connection works, is bound to a new tenant, and has nothing of the interrupted
/// transaction.
async fn assert_clean(db: &Db) {
    let tenant_id = Ids.next();
    let look = async |conn: &mut Conn| -> Result<(String, Vec<String>), DbError> {
        let sql = "SELECT current_setting('folkmoot.tenant') AS value";
        let setting: Setting = sql_query(sql).get_result(conn).await?;
        notes::insert(conn, Ids.next(), tenant_id, "new").await?;
        Ok((setting.value, notes::texts(conn).await?))
    };
    let (tenant, texts) = db.tx("test.next", tenant_id, look).await.unwrap();
    assert_eq!(tenant, tenant_id.to_string());
    assert_eq!(texts, ["new"]);
    let all = db.system_tx("test.all", async |conn: &mut Conn| notes::texts(conn).await).await;
    assert_eq!(all.unwrap(), ["new"], "nothing of the interrupted transaction was committed");
}

async fn write_then_hang(
    db: &Db,
    tenant_id: Uuid,
    written: tokio::sync::oneshot::Sender<()>,
    hang: &str,
) {
    let hanging = async |conn: &mut Conn| -> Result<(), DbError> {
        notes::insert(conn, Ids.next(), tenant_id, "never").await?;
        let _ = written.send(());
        if hang.is_empty() {
            std::future::pending::<()>().await;
        }
        sql_query(hang).execute(conn).await?;
        Ok(())
    };
    let _ = db.tx("test.hang", tenant_id, hanging).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_times_out_leaves_neither_a_row_nor_its_tenant() {
    let (_schema, db) = support::pool(1).await;
    for hang in ["", "SELECT pg_sleep(2)"] {
        let (written, _seen) = tokio::sync::oneshot::channel();
        let work = write_then_hang(&db, Ids.next(), written, hang);
        assert!(tokio::time::timeout(Duration::from_millis(300), work).await.is_err());
    }
    assert_clean(&db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_aborted_task_leaves_neither_a_row_nor_its_tenant() {
    let (_schema, db) = support::pool(1).await;
    let local = tokio::task::LocalSet::new();
    let aborted = local.run_until(async {
        let (written, seen) = tokio::sync::oneshot::channel();
        let db = db.clone();
        let task = tokio::task::spawn_local(async move {
            write_then_hang(&db, Ids.next(), written, "").await;
        });
        seen.await.unwrap();
        task.abort();
        task.await
    });
    assert!(aborted.await.unwrap_err().is_cancelled());
    assert_clean(&db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_rolls_back_and_the_connection_is_used_again() {
    let (_schema, db) = support::pool(1).await;
    let tenant_id = Ids.next();
    let fails = async |conn: &mut Conn| -> Result<(), DbError> {
        notes::insert(conn, Ids.next(), tenant_id, "never").await?;
        Err(DbError::Query(diesel::result::Error::NotFound))
    };
    db.tx("test.fails", tenant_id, fails).await.unwrap_err();
    assert_clean(&db).await;
}

/// `PostgreSQL` rolls back a failed transaction at COMMIT without an error, so that the caller would think it was
/// committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_with_an_ignored_sql_error_fails() {
    let (_schema, db) = support::pool(1).await;
    let tenant_id = Ids.next();
    let ignores = async |conn: &mut Conn| -> Result<(), DbError> {
        notes::insert(conn, Ids.next(), tenant_id, "never").await?;
        drop(sql_query("SELECT 1 / 0").execute(conn).await);
        Ok(())
    };
    let result = db.tx("test.ignores", tenant_id, ignores).await;
    assert!(result.is_err(), "nothing was committed");
    assert_clean(&db).await;
}

/// As with a database that is overloaded: it accepts a connection and does not get round to answering.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_its_caller_gave_up_waiting_for_is_closed() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://notes:secret@{}/notes", server.local_addr().unwrap());
    let db = Db::new("notes", &DbConfig::new(Secret::new(url), 1).unwrap()).unwrap();
    let caller = timeout(Duration::from_secs(1), db.ping());
    let (given_up, accepted) = tokio::join!(caller, server.accept());
    assert!(given_up.is_err(), "{given_up:?}");
    let mut sent = Vec::new();
    let closed = timeout(Duration::from_secs(10), accepted.unwrap().0.read_to_end(&mut sent)).await;
    assert!(closed.is_ok(), "the connection is still being opened");
}
