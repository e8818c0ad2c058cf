//! Migrations, up and down: reverting one must restore exactly the schema that was there before it.

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

/// Runs every migration of the kit and of the service, reverts them one by one and runs them again. Panics when a
/// `down.sql` fails, leaves something behind, or removes something older.
pub async fn round_trip<S: Service>() {
    let migrations = S::migrations().expect("a service with a schema");
    let errors = errors(S::NAME, vec![KIT_MIGRATIONS, migrations]).await;
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// What is wrong with the `down.sql` files of these migrations, in the order in which they run.
pub async fn errors(service: &str, sets: Vec<EmbeddedMigrations>) -> Vec<String> {
    let db = TestDb::empty(service).await;
    let (migrating, looking) = (db.connect().await, db.connect().await);
    let runtime = Handle::current();
    // Diesel's harness blocks its thread.
    let trip = spawn_blocking(move || Trip::new(migrating, looking, runtime).errors(&sorted(sets)));
    trip.await.expect("the trip ends")
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
struct Trip {
    harness: AsyncMigrationHarness<AsyncPgConnection>,
    looking: AsyncPgConnection,
    runtime: Handle,
}

impl Trip {
    fn new(migrating: AsyncPgConnection, looking: AsyncPgConnection, runtime: Handle) -> Self {
        Self { harness: AsyncMigrationHarness::new(migrating), looking, runtime }
    }

    fn errors(&mut self, migrations: &Migrations) -> Vec<String> {
        // Creates diesel's own table, which no migration owns.
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
            errors.extend(differences.iter().map(|line| format!("the second time up: {line}")));
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
        self.runtime.block_on(schema::dump(&mut self.looking))
    }
}
