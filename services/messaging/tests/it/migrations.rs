//! The schema that the migrations make.

use messaging::Messaging;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_migration_goes_down_and_up_again() {
    testkit::migrations::assert_reversible::<Messaging>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_describes_the_tables_as_the_migrations_make_them() {
    testkit::schema::assert_matches::<Messaging>(env!("CARGO_MANIFEST_DIR")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_has_an_index_in_its_order() {
    testkit::pages::assert_indexed::<Messaging>(env!("CARGO_MANIFEST_DIR")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_with_a_tenant_forces_row_level_security() {
    testkit::tenants::assert_isolated::<Messaging>().await;
}
