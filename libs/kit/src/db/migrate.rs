//! Creates and migrates schemas, by the operator's command `folkmoot migrate`, and checks them at every start.
//!
//! The administrator's connection creates the roles, the database and the schema. The service's own role creates
//! everything in the schema.

use std::str::FromStr;

use anyhow::{Context as _, bail};
use diesel::{dsl::sql, sql_types::Text};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::{
    db::{Db, connection::connect, tls, worker_role},
    secret::Secret,
};

/// The kit's own tables, which every schema has.
pub const KIT_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Creates the roles, database and schema of a service if they are missing. `admin` is the administrator's URL, `url` the
/// service's.
pub async fn prepare(service: &str, admin: &Secret, url: &Secret) -> anyhow::Result<()> {
    let (plain, _) = tls::split(url.expose())?;
    let config = tokio_postgres::Config::from_str(&plain).context("unreadable database URL")?;
    let role = config.get_user().context("the database URL names no role")?.to_owned();
    let password = config.get_password().unwrap_or_default().to_vec();
    let password = String::from_utf8(password).context("password")?;
    let database = config.get_dbname().context("the database URL names no database")?.to_owned();
    let mut conn = connect(admin.expose().to_owned()).await.context("the admin cannot connect")?;
    // One operator at a time, since all databases of a cluster share its roles.
    conn.batch_execute("SELECT pg_advisory_lock(hashtextextended('folkmoot.migrate', 0))").await?;
    let worker = worker_role(service);
    // NOINHERIT: a role that inherited the worker's policies would see every tenant without asking for it.
    conn.batch_execute(&format!(
        "DO $$ BEGIN
           IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {worker_text}) THEN CREATE ROLE {worker} NOLOGIN; END IF;
           IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {role_text}) THEN CREATE ROLE {role} LOGIN NOINHERIT; END IF;
         END $$;
         ALTER ROLE {role} WITH LOGIN NOINHERIT PASSWORD {password};
         GRANT {worker} TO {role};
         ALTER ROLE {role} SET search_path = {schema};
         ALTER ROLE {worker} SET search_path = {schema}",
        role = ident(&role),
        worker = ident(&worker),
        schema = ident(service),
        role_text = literal(&role),
        worker_text = literal(&worker),
        password = literal(&password),
    ))
    .await?;
    let databases: Vec<String> =
        sql::<Text>("SELECT datname::text FROM pg_database WHERE datname = ")
            .bind::<Text, _>(&database)
            .load(&mut conn)
            .await?;
    if databases.is_empty() {
        conn.batch_execute(&format!("CREATE DATABASE {}", ident(&database))).await?;
    }
    let mut in_database = connect(with_database(admin, &database)?).await?;
    in_database
        .batch_execute(&format!(
            "REVOKE ALL ON SCHEMA public FROM PUBLIC;
             CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role};
             GRANT USAGE ON SCHEMA {schema} TO {worker}",
            schema = ident(service),
            role = ident(&role),
            worker = ident(&worker),
        ))
        .await?;
    conn.batch_execute("SELECT pg_advisory_unlock(hashtextextended('folkmoot.migrate', 0))")
        .await?;
    Ok(())
}

fn with_database(admin: &Secret, database: &str) -> anyhow::Result<String> {
    let mut url = url::Url::parse(admin.expose()).context("the admin's database URL")?;
    url.set_path(database);
    Ok(url.to_string())
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Runs the pending migrations of the kit and the service, in the service's role. Returns their versions.
pub async fn migrate(url: &Secret, migrations: EmbeddedMigrations) -> anyhow::Result<Vec<String>> {
    let conn =
        connect(url.expose().to_owned()).await.context("the service's role cannot connect")?;
    let ran = tokio::task::spawn_blocking(move || -> anyhow::Result<Vec<String>> {
        let mut harness = AsyncMigrationHarness::new(conn);
        let mut ran = Vec::new();
        for set in [KIT_MIGRATIONS, migrations] {
            let versions =
                harness.run_pending_migrations(set).map_err(|e| anyhow::anyhow!("{e}"))?;
            ran.extend(versions.iter().map(ToString::to_string));
        }
        Ok(ran)
    });
    ran.await?
}

/// Fails unless the schema has every migration that this binary knows. A newer schema is accepted.
pub async fn check(db: &Db, migrations: EmbeddedMigrations) -> anyhow::Result<()> {
    let mut conn = db.direct().await?;
    conn.batch_execute("RESET ROLE").await?;
    let applied: Vec<String> = sql::<Text>("SELECT version::text FROM __diesel_schema_migrations")
        .load(&mut conn)
        .await
        .context("the schema was never migrated: run `folkmoot migrate`")?;
    for set in [KIT_MIGRATIONS, migrations] {
        let migrations = diesel::migration::MigrationSource::<diesel::pg::Pg>::migrations(&set)
            .map_err(|e| anyhow::anyhow!("{e}"))?;
        for migration in migrations {
            let version = migration.name().version().to_string();
            if !applied.contains(&version) {
                bail!("the schema lacks migration {version}: run `folkmoot migrate`");
            }
        }
    }
    Ok(())
}
