//! A migration never makes others wait behind a long transaction.

use std::time::Duration;

use diesel_async::SimpleAsyncConnection as _;
use kit::{
    db::{DbConfig, migrate, migrate::Patience},
    service::Service as _,
};
use testkit::{sql::count, wait::eventually};

use super::{Installation, MORE, login};
use crate::{
    notes::{self, Notes},
    support,
};

async fn migrated() -> (Installation, DbConfig) {
    let installation = Installation::new();
    let config = installation.by_hand("worker").await;
    migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
    (installation, config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_go_on_while_a_migration_waits_for_a_long_transaction() {
    let (installation, config) = migrated().await;
    let (mut long, mut other) = (login(&config).await, login(&config).await);
    long.batch_execute("BEGIN; SELECT FROM notes").await.unwrap();
    let short = Duration::from_millis(300);
    let patience = Patience { lock_timeout: short, attempts: 1000, pause: short };
    let mut migrating = tokio::task::JoinSet::new();
    let of_task = config.clone();
    migrating
        .spawn(async move { migrate::migrate_with(patience, Notes::NAME, &of_task, MORE).await });
    let waits = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND wait_event_type = 'Lock'",
        installation.0
    );
    let waiting = async || (count(&mut support::admin().await, &waits).await > 0).then_some(());
    // Without a limit on the migration's wait it would wait for the end of the long transaction.
    other.batch_execute("SET statement_timeout = '5s'").await.unwrap();
    for _attempt in 0..2 {
        eventually("the migration to wait for its lock", waiting).await;
        other.batch_execute("SELECT FROM notes").await.unwrap();
    }
    assert!(migrating.try_join_next().is_none());
    long.batch_execute("COMMIT").await.unwrap();
    assert_eq!(migrating.join_next().await.unwrap().unwrap().unwrap(), ["00000000002000"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_gets_no_lock_reports_who_holds_it_and_can_be_repeated() {
    let (_installation, config) = migrated().await;
    let mut long = login(&config).await;
    long.batch_execute("BEGIN; SELECT FROM notes").await.unwrap();
    let holder = count(&mut long, "SELECT pg_backend_pid()::bigint").await;
    let short = Duration::from_millis(20);
    let patience = Patience { lock_timeout: short, attempts: 3, pause: short };
    let failed = migrate::migrate_with(patience, Notes::NAME, &config, MORE).await.unwrap_err();
    let error = format!("{failed:#}");
    assert!(error.contains("needs a lock that others held in each of 3 attempts"), "{error}");
    assert!(error.contains(&format!("process {holder}, in a transaction since")), "{error}");
    drop(long);
    let again = async || migrate::migrate_with(patience, Notes::NAME, &config, MORE).await.ok();
    assert_eq!(eventually("the migration", again).await, ["00000000002000"]);
}
