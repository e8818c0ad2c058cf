//! What an administrator does: roles, the database, the schema. Nothing that is there already is touched, so that the next
//! run needs no rights on what somebody else made.

use anyhow::Context as _;
use diesel::{dsl::sql, sql_types::Text};
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};

use super::lock;
use crate::{
    db::{
        Conn, DbConfig,
        connection::{self, connect},
        ident,
        inspect::with_database,
        literal,
        login::Login,
    },
    secret::Secret,
};

/// Attempts of a run that met another one. Its lock holds in one database only, and roles belong to the whole cluster.
const RACES: u32 = 10;

pub(super) async fn prepare(
    service: &str,
    admin: &Secret,
    config: &DbConfig,
) -> anyhow::Result<()> {
    let login = Login::of(&config.url)?;
    let mut conn = connect(admin.expose().to_owned()).await.context("the admin cannot connect")?;
    lock::take(&mut conn, "folkmoot.migrate").await?;
    for race in 1.. {
        match create(&mut conn, service, admin, config, &login).await {
            Err(error) if race < RACES && met_another_run(&error) => {}
            created => return created,
        }
    }
    Ok(())
}

fn met_another_run(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    ["already exists", "concurrently updated", "duplicate key", "being accessed by other users"]
        .iter()
        .any(|sign| text.contains(sign))
}

async fn create(
    conn: &mut Conn,
    service: &str,
    admin: &Secret,
    config: &DbConfig,
    login: &Login,
) -> anyhow::Result<()> {
    let (role, database) = (&login.role, &login.database);
    let roles = roles(login, &config.worker_role);
    conn.batch_execute(&roles).await.with_context(|| format!("cannot create the role {role}"))?;
    create_database(conn, database)
        .await
        .with_context(|| format!("cannot create the database {database}"))?;
    let mut inside = connect(with_database(admin, database)?).await?;
    let schema = schema(service, role);
    inside
        .batch_execute(&schema)
        .await
        .with_context(|| format!("cannot create the schema {service} in {database}"))?;
    set_password(conn, service, config, login).await
}

/// NOINHERIT: a role that inherited the worker's policies would see every tenant without asking for it. From PostgreSQL 16
/// on that is a property of each grant.
fn roles(login: &Login, worker: &str) -> String {
    format!(
        "DO $do$
         DECLARE options text :=
           CASE WHEN current_setting('server_version_num')::int < 160000 THEN '' ELSE ' WITH INHERIT FALSE, SET TRUE' END;
         BEGIN
           IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {worker_text}) THEN CREATE ROLE {worker} NOLOGIN; END IF;
           IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {role_text}) THEN
             CREATE ROLE {role} LOGIN NOINHERIT PASSWORD {password};
           END IF;
           IF EXISTS (SELECT FROM pg_roles WHERE rolname = {role_text} AND (rolinherit OR NOT rolcanlogin)) THEN
             ALTER ROLE {role} LOGIN NOINHERIT;
           END IF;
           IF NOT pg_has_role({role_text}, {worker_text}, 'MEMBER') OR pg_has_role({role_text}, {worker_text}, 'USAGE') THEN
             EXECUTE format('GRANT %I TO %I', {worker_text}, {role_text}) || options;
           END IF;
         END $do$",
        role = ident(&login.role),
        role_text = literal(&login.role),
        worker = ident(worker),
        worker_text = literal(worker),
        password = literal(&login.password),
    )
}

async fn create_database(conn: &mut Conn, database: &str) -> anyhow::Result<()> {
    let found: Vec<String> = sql::<Text>("SELECT datname::text FROM pg_database WHERE datname = ")
        .bind::<Text, _>(database)
        .load(conn)
        .await?;
    if found.is_empty() {
        conn.batch_execute(&format!("CREATE DATABASE {}", ident(database))).await?;
    }
    Ok(())
}

/// Whoever creates a schema for a role must be able to become that role, which only superusers always are: others join the
/// role for the length of this transaction.
fn schema(service: &str, role: &str) -> String {
    format!(
        "DO $do$
         DECLARE
           is_old boolean := current_setting('server_version_num')::int < 160000;
           joins boolean := NOT pg_has_role({role_text}, CASE WHEN is_old THEN 'MEMBER' ELSE 'SET' END);
         BEGIN
           IF EXISTS (
             SELECT FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS granted
             WHERE nspname = 'public' AND granted.grantee = 0 AND pg_has_role(nspowner, 'USAGE')
           ) THEN
             REVOKE ALL ON SCHEMA public FROM PUBLIC;
           END IF;
           IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = {schema_text}) THEN
             IF joins THEN
               EXECUTE format('GRANT %I TO %I', {role_text}, current_user)
                 || CASE WHEN is_old THEN '' ELSE ' WITH INHERIT FALSE, SET TRUE' END;
             END IF;
             CREATE SCHEMA {schema} AUTHORIZATION {role};
             IF joins THEN
               EXECUTE format('REVOKE %I FROM %I', {role_text}, current_user);
             END IF;
           END IF;
         END $do$",
        schema = ident(service),
        schema_text = literal(service),
        role = ident(role),
        role_text = literal(role),
    )
}

/// Gives the role the password of its URL, if it cannot log in with it.
async fn set_password(
    conn: &mut Conn,
    service: &str,
    config: &DbConfig,
    login: &Login,
) -> anyhow::Result<()> {
    let url = config.url.expose().to_owned();
    if login.password.is_empty() || connection::connect_to(url, service).await.is_ok() {
        return Ok(());
    }
    let (role, password) = (ident(&login.role), literal(&login.password));
    conn.batch_execute(&format!("ALTER ROLE {role} PASSWORD {password}"))
        .await
        .with_context(|| format!("the role {role} cannot connect, and its password cannot be set"))
}
