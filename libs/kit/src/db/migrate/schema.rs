//! What the service's own role does before the first migration: it creates its schema, and lets its worker in.

use anyhow::{Context as _, bail};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Text},
};
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};

use crate::db::{Conn, DbConfig, ident, literal};

/// Names for messages, and what is wrong.
#[derive(QueryableByName)]
struct Roles {
    #[diesel(sql_type = Text)]
    login: String,
    /// Row-level security does not hold for it.
    #[diesel(sql_type = Bool)]
    bypasses: bool,
    /// The worker's policies hold for it in every transaction.
    #[diesel(sql_type = Bool)]
    inherits: bool,
    /// The tables were made for another worker.
    #[diesel(sql_type = Bool)]
    is_stranger: bool,
}

/// Fails unless the role may become its worker and is otherwise held by row-level security.
pub(super) async fn check_roles(conn: &mut Conn, worker: &str) -> anyhow::Result<()> {
    let worker_ident = ident(worker);
    conn.batch_execute(&format!("SET ROLE {worker_ident}; RESET ROLE")).await.with_context(|| {
        format!(
            "the role cannot become its worker role {worker}, which sees every tenant's rows: create that role and grant \
             it, or name another one"
        )
    })?;
    let roles: Roles = sql_query(
        "SELECT session_user::text AS login, rolsuper OR rolbypassrls AS bypasses,
           pg_has_role(session_user, $1::name, 'USAGE') AS inherits,
           NOT coalesce(has_table_privilege($1::name, to_regclass('outbox')::oid, 'SELECT'), true) AS is_stranger
         FROM pg_roles WHERE rolname = session_user",
    )
    .bind::<Text, _>(worker)
    .get_result(conn)
    .await?;
    let login = &roles.login;
    if roles.bypasses {
        bail!(
            "the role {login} is not held by row-level security: it must be neither SUPERUSER nor BYPASSRLS"
        );
    }
    if roles.inherits {
        bail!(
            "the role {login} inherits from {worker} and would see every tenant's rows: ALTER ROLE {login} NOINHERIT, and \
             from PostgreSQL 16 on GRANT {worker} TO {login} WITH INHERIT FALSE"
        );
    }
    if roles.is_stranger {
        bail!("the tables were created for another worker role than {worker}");
    }
    Ok(())
}

/// Checks the roles, and creates the schema if it is missing.
pub(super) async fn prepare(
    conn: &mut Conn,
    service: &str,
    config: &DbConfig,
) -> anyhow::Result<()> {
    check_roles(conn, &config.worker_role).await?;
    let setup = format!(
        "DO $do$ BEGIN
           IF current_schema() IS NULL THEN CREATE SCHEMA {schema}; END IF;
           IF NOT has_schema_privilege({worker_text}, current_schema(), 'USAGE') THEN
             EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), {worker_text});
           END IF;
         END $do$",
        schema = ident(service),
        worker_text = literal(&config.worker_role),
    );
    conn.batch_execute(&setup).await.with_context(|| {
        format!("the schema {service} cannot be used: it must belong to the service's role, or be missing and that role have \
                 CREATE on the database")
    })?;
    remember_search_path(conn, service).await
}

/// Lets other programs, such as psql, find the tables too, unless somebody has set the role's path already.
async fn remember_search_path(conn: &mut Conn, service: &str) -> anyhow::Result<()> {
    let remember = format!(
        "DO $do$ BEGIN
           IF current_schema() = {text} AND NOT EXISTS (
             SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting
             WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND setting LIKE 'search_path=%'
               AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
           ) THEN
             EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET search_path = {schema}', current_database());
           END IF;
         END $do$",
        text = literal(service),
        schema = ident(service),
    );
    Ok(conn.batch_execute(&remember).await?)
}
