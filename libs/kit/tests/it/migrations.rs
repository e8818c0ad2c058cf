//! The tables that the kit makes in every service's schema.

use crate::notes::Notes;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_migration_goes_down_and_up_again() {
    testkit::migrations::round_trip::<Notes>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_kit_describes_its_tables_as_its_migrations_make_them() {
    testkit::schema::kit_matches(env!("CARGO_MANIFEST_DIR")).await;
}
