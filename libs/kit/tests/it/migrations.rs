//! The tables that the kit creates in the schema of every service.

use crate::notes::Notes;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_migration_can_be_reverted_and_run_again() {
    testkit::migrations::assert_reversible::<Notes>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_kits_table_blocks_match_its_migrations() {
    testkit::schema::assert_kit_matches(env!("CARGO_MANIFEST_DIR")).await;
}
