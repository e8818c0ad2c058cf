//! Creates and migrates schemas, by the operator's command `folkmoot migrate`, and checks them at every start.
//!
//! The administrator's connection creates the roles, the database and the schema, unless somebody else made them. The
//! service's own role creates everything in the schema (docs/adr/0016-migrate-as-owner.md).

use std::time::Duration;

use anyhow::{Context as _, bail};
use diesel::{
    dsl::sql,
    migration::{Migration, MigrationSource as _},
    pg::Pg,
    sql_types::Text,
};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use crate::{
    db::{Conn, Db, DbConfig, connection, literal},
    secret::Secret,
};

mod admin;
mod lock;
mod pending;
mod schema;

/// The kit's own tables, which every schema has.
pub const KIT_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long a migration may wait for the locks that it needs. Whoever uses the table meanwhile waits as long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The longest wait of one attempt.
    pub lock_timeout: Duration,
    /// Attempts before the migration fails.
    pub attempts: u32,
    /// The wait between two attempts, in which the others go on.
    pub pause: Duration,
}

impl Default for Patience {
    /// Five minutes in all.
    fn default() -> Self {
        Self { lock_timeout: Duration::from_secs(2), attempts: 43, pause: Duration::from_secs(5) }
    }
}

/// Creates the roles, database and schema of a service if they are missing. `admin` is the URL of an administrator, who
/// may create roles and databases and need not be a superuser.
pub async fn prepare(service: &str, admin: &Secret, config: &DbConfig) -> anyhow::Result<()> {
    admin::prepare(service, admin, config).await
}

/// Runs the pending migrations of the kit and the service, in the service's role. Returns their versions: none if another
/// run was faster.
pub async fn migrate(
    service: &str,
    config: &DbConfig,
    migrations: EmbeddedMigrations,
) -> anyhow::Result<Vec<String>> {
    migrate_with(Patience::default(), service, config, migrations).await
}

/// The same with another patience.
pub async fn migrate_with(
    patience: Patience,
    service: &str,
    config: &DbConfig,
    migrations: EmbeddedMigrations,
) -> anyhow::Result<Vec<String>> {
    let url = config.url.expose().to_owned();
    let mut conn =
        connection::connect_to(url, service).await.context("the service's role cannot connect")?;
    let path: String =
        sql::<Text>("SELECT current_setting('search_path')").get_result(&mut conn).await?;
    lock::take(&mut conn, &format!("folkmoot.migrate {path}")).await?;
    schema::prepare(&mut conn, service, config).await?;
    limit(&mut conn, patience, config).await?;
    tokio::task::spawn_blocking(move || pending::run(conn, patience, &[KIT_MIGRATIONS, migrations]))
        .await?
}

/// Sets what the migrations' session needs. A build of an index may take longer than any statement of a service.
async fn limit(conn: &mut Conn, patience: Patience, config: &DbConfig) -> anyhow::Result<()> {
    let setup = format!(
        "SET statement_timeout = 0; SET lock_timeout = {}; SET folkmoot.worker_role = {}",
        patience.lock_timeout.as_millis(),
        literal(&config.worker_role),
    );
    Ok(conn.batch_execute(&setup).await?)
}

/// Fails unless the schema has every migration that this binary knows. A newer schema is accepted.
pub async fn check(db: &Db, migrations: EmbeddedMigrations) -> anyhow::Result<()> {
    check_by(&mut db.login().await?, db, migrations).await
}

/// The same by a connection that was made with [`Db::login`].
pub(crate) async fn check_by(
    conn: &mut Conn,
    db: &Db,
    migrations: EmbeddedMigrations,
) -> anyhow::Result<()> {
    schema::check_roles(conn, &db.worker).await?;
    let applied: Vec<String> = sql::<Text>("SELECT version::text FROM __diesel_schema_migrations")
        .load(conn)
        .await
        .context("the schema was never migrated: run `folkmoot migrate`")?;
    for migration in in_order(&[KIT_MIGRATIONS, migrations])? {
        let version = migration.name().version().to_string();
        if !applied.contains(&version) {
            bail!("the schema lacks migration {version}: run `folkmoot migrate`");
        }
    }
    Ok(())
}

/// The migrations of several sets, one set after the other.
fn in_order(sets: &[EmbeddedMigrations]) -> anyhow::Result<Vec<Box<dyn Migration<Pg>>>> {
    let mut all = Vec::new();
    for set in sets {
        let mut migrations: Vec<Box<dyn Migration<Pg>>> =
            set.migrations().map_err(|e| anyhow::anyhow!("{e}"))?;
        migrations.sort_by_cached_key(|migration| migration.name().version().to_string());
        all.extend(migrations);
    }
    Ok(all)
}
