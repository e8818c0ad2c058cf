//! Schemas: made and moved forward by the operator's command, checked by every start.
//!
//! The admin's connection makes the roles, the database and the schema; everything inside is made by the service's own role.

use std::{fmt, str::FromStr};

use anyhow::{Context as _, bail};
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::{
    db::{Db, connect, tls, worker_role},
    secret::Secret,
};

/// What the kit needs in every schema.
pub const KIT_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Makes roles, database and schema of a service if they are missing. `admin`: the admin's URL; `url`: the service's.
pub async fn prepare(service: &str, admin: &Secret, url: &Secret) -> anyhow::Result<()> {
    let (plain, _) = tls::split(url.expose())?;
    let wanted = tokio_postgres::Config::from_str(&plain).context("unreadable database URL")?;
    let role = wanted.get_user().context("the database URL names no role")?.to_owned();
    let password = wanted.get_password().unwrap_or_default().to_vec();
    let password = String::from_utf8(password).context("password")?;
    let database = wanted.get_dbname().context("the database URL names no database")?.to_owned();
    let mut conn = connect(admin.expose().to_owned()).await.context("the admin cannot connect")?;
    // One operator at a time: roles are shared by all databases of a cluster.
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
    let exists: Vec<Version> =
        sql_query("SELECT datname::text AS version FROM pg_database WHERE datname = $1")
            .bind::<Text, _>(&database)
            .load(&mut conn)
            .await?;
    if exists.is_empty() {
        conn.batch_execute(&format!("CREATE DATABASE {}", ident(&database))).await?;
    }
    let mut inside = connect(with_database(admin, &database)?).await?;
    inside
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

/// Runs the kit's and the service's migrations as the service's role. Gives the names of those that ran.
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

/// Whether the schema holds all the migrations this binary knows. A newer schema is tolerated, an older one is not.
pub async fn check(db: &Db, migrations: EmbeddedMigrations) -> anyhow::Result<()> {
    let mut conn = db.direct().await?;
    conn.batch_execute("RESET ROLE").await?;
    let have: Vec<Version> = sql_query("SELECT version::text FROM __diesel_schema_migrations")
        .load(&mut conn)
        .await
        .context("the schema was never migrated: run `folkmoot migrate`")?;
    for set in [KIT_MIGRATIONS, migrations] {
        let known = diesel::migration::MigrationSource::<diesel::pg::Pg>::migrations(&set)
            .map_err(|e| anyhow::anyhow!("{e}"))?;
        for migration in known {
            let version = migration.name().version().to_string();
            if !have.iter().any(|row| row.version == version) {
                bail!("the schema lacks migration {version}: run `folkmoot migrate`");
            }
        }
    }
    Ok(())
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.version)
    }
}
