//! Roles that somebody else made, and that would break the separation of tenants or cannot work.

use diesel_async::SimpleAsyncConnection as _;
use kit::{
    db::{Db, DbConfig, migrate},
    service::Service as _,
};

use super::Installation;
use crate::{
    notes::{self, Notes},
    support,
};

async fn run(sql: &str) {
    support::admin().await.batch_execute(sql).await.unwrap();
}

async fn refused(config: &DbConfig) -> String {
    format!("{:#}", migrate::migrate(Notes::NAME, config, notes::MIGRATIONS).await.unwrap_err())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_sees_every_tenant_is_refused_by_migrate_and_by_a_start() {
    let installation = Installation::new();
    let config = installation.by_hand("worker").await;
    migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
    let (login, worker) = (format!("\"{}-notes\"", installation.0), &config.worker_role);
    let db = Db::new(Notes::NAME, &config).unwrap();
    let start = async || format!("{:#}", migrate::check(&db, notes::MIGRATIONS).await.unwrap_err());
    // Up to PostgreSQL 15 a property of the role, then of the grant.
    run(&format!("REVOKE \"{worker}\" FROM {login}; ALTER ROLE {login} INHERIT; GRANT \"{worker}\" TO {login}")).await;
    for error in [refused(&config).await, start().await] {
        assert!(error.contains("would see every tenant's rows"), "{error}");
    }
    run(&format!("ALTER ROLE {login} BYPASSRLS")).await;
    for error in [refused(&config).await, start().await] {
        assert!(error.contains("neither SUPERUSER nor BYPASSRLS"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_missing_or_not_the_one_of_the_tables_is_refused() {
    let installation = Installation::new();
    let config = installation.by_hand("worker").await;
    migrate::migrate(Notes::NAME, &config, notes::MIGRATIONS).await.unwrap();
    let other = format!("{}-other", installation.0);
    let renamed = DbConfig { worker_role: other.clone(), ..config };
    let error = refused(&renamed).await;
    assert!(error.contains(&format!("cannot become its worker role {other}")), "{error}");
    run(&format!("CREATE ROLE \"{other}\"; GRANT \"{other}\" TO \"{}-notes\"", installation.0))
        .await;
    let error = refused(&renamed).await;
    assert!(error.contains("created for another worker role"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_not_create_its_schema_is_refused_with_what_it_needs() {
    let installation = Installation::new();
    let config = installation.by_hand("worker").await;
    run(&format!("ALTER DATABASE \"{}\" OWNER TO CURRENT_USER", installation.0)).await;
    let error = refused(&config).await;
    assert!(error.contains("the schema notes cannot be used: it must belong to"), "{error}");
}
