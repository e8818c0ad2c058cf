//! The migrations go up, down and up again.

use ::campaigns::Campaigns;
use diesel_async::{AsyncConnection as _, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::MigrationHarness as _;
use kit::service::Service as _;
use testkit::db::TestDb;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_goes_down_and_up_again() {
    let db = TestDb::new("campaigns", Campaigns::migrations().unwrap()).await;
    let conn = AsyncPgConnection::establish(db.url.expose()).await.unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(conn);
        harness.revert_last_migration(Campaigns::migrations().unwrap()).unwrap();
        harness.run_pending_migrations(Campaigns::migrations().unwrap()).unwrap().len()
    });
    assert_eq!(ran.await.unwrap(), 1);
}
