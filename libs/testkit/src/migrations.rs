//! Checks that migrations can be reverted: a `down.sql` must restore exactly the schema before its `up.sql`.

use diesel::{
    migration::{Migration, MigrationSource as _},
    pg::Pg,
};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::MigrationHarness as _;
use kit::{EmbeddedMigrations, db::migrate::KIT_MIGRATIONS, service::Service};
use tokio::{runtime::Handle, task::spawn_blocking};

use crate::{db::TestDb, schema};

type Migrations = Vec<Box<dyn Migration<Pg>>>;

/// Runs all migrations of the kit and of a service, reverts them one by one and runs them again. Panics if a `down.sql`
/// fails, leaves something behind, or removes something that was there before.
pub async fn assert_reversible<S: Service>() {
    let migrations = S::migrations().expect("a service with a schema");
    let errors = errors(S::NAME, vec![KIT_MIGRATIONS, migrations]).await;
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// The errors in the `down.sql` files of these migrations, which are given in the order in which they run.
pub async fn errors(service: &str, sets: Vec<EmbeddedMigrations>) -> Vec<String> {
    let db = TestDb::empty(service).await;
    let (migrating, reading) = (db.connect().await, db.connect().await);
    let runtime = Handle::current();
    // Diesel's harness blocks its thread.
    let run = move || RoundTrip::new(migrating, reading, runtime).errors(&sorted(sets));
    spawn_blocking(run).await.expect("the round trip")
}

fn sorted(sets: Vec<EmbeddedMigrations>) -> Migrations {
    let sorted = sets.iter().flat_map(|set| {
        let mut migrations: Migrations = set.migrations().expect("embedded migrations");
        migrations.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
        migrations
    });
    sorted.collect()
}

/// One connection migrates, the other one reads the schema.
struct RoundTrip {
    harness: AsyncMigrationHarness<AsyncPgConnection>,
    reading: AsyncPgConnection,
    runtime: Handle,
}

impl RoundTrip {
    fn new(migrating: AsyncPgConnection, reading: AsyncPgConnection, runtime: Handle) -> Self {
        Self { harness: AsyncMigrationHarness::new(migrating), reading, runtime }
    }

    fn errors(&mut self, migrations: &Migrations) -> Vec<String> {
        // Creates diesel's own table, which does not belong to a migration.
        self.harness.applied_migrations().expect("the list of migrations");
        let before: Vec<Vec<String>> = migrations.iter().map(|each| self.run(each)).collect();
        let complete = self.schema();
        let mut errors = Vec::new();
        for (migration, before) in migrations.iter().zip(&before).rev() {
            if let Err(error) = self.harness.revert_migration(migration) {
                errors.push(format!("{}: down.sql fails: {error}", migration.name()));
                return errors;
            }
            let differences = schema::differences(before, &self.schema());
            errors.extend(differences.iter().map(|line| format!("{}: {line}", migration.name())));
        }
        if errors.is_empty() {
            for each in migrations {
                drop(self.run(each));
            }
            let differences = schema::differences(&complete, &self.schema());
            errors.extend(differences.iter().map(|line| format!("after the second run: {line}")));
        }
        errors
    }

    /// Runs a migration; returns the schema before it.
    fn run(&mut self, migration: &dyn Migration<Pg>) -> Vec<String> {
        let before = self.schema();
        if let Err(error) = self.harness.run_migration(migration) {
            panic!("{}: up.sql fails: {error}", migration.name());
        }
        before
    }

    fn schema(&mut self) -> Vec<String> {
        self.runtime.block_on(schema::dump(&mut self.reading))
    }
}
