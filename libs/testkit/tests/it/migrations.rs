//! Errors in a `down.sql` are found.

use kit::{EmbeddedMigrations, db::migrate::KIT_MIGRATIONS, embed_migrations};
use testkit::migrations::errors;

const CARELESS: EmbeddedMigrations = embed_migrations!("tests/it/careless");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_leaves_something_behind_or_reverts_too_much_is_reported() {
    let errors = errors("notes", vec![KIT_MIGRATIONS, CARELESS]).await;
    let reported = |migration: &str, what: &str| {
        errors.iter().any(|error| error.starts_with(migration) && error.contains(what))
    };
    assert!(
        reported("00000000001200_overreaches: missing: relation notes ", "forced=t"),
        "{errors:#?}"
    );
    assert!(
        reported("00000000001200_overreaches: unexpected: relation notes ", "forced=f"),
        "{errors:#?}"
    );
    assert!(reported("00000000001100_forgets: unexpected: index ", "notes_tenant"), "{errors:#?}");
    assert!(!errors.iter().any(|error| error.starts_with("00000000001000_notes")), "{errors:#?}");
}
