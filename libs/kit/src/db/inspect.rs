//! Whether a database holds data, for commands that must not work on one that does.

use anyhow::Context as _;
use diesel::{
    dsl::sql,
    sql_types::{Array, Bool, Text},
};
use diesel_async::RunQueryDsl as _;

use super::{connection::connect, login::Login};
use crate::secret::Secret;

/// Tables of a service's schema.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    pub schema: &'a str,
    pub names: &'a [&'a str],
}

/// Whether one of the tables takes room, in the database of this URL. Sizes of tables are no secret: the role of the URL
/// needs no rights on them, and row-level security hides nothing.
pub async fn hold_data(url: &Secret, tables: Tables<'_>) -> anyhow::Result<bool> {
    are_filled(url.expose().to_owned(), tables).await
}

/// The same by an administrator's URL, in the database that a service's URL names. One that does not exist is empty.
pub async fn hold_data_as_admin(
    admin: &Secret,
    service: &Secret,
    tables: Tables<'_>,
) -> anyhow::Result<bool> {
    let database = Login::of(service)?.database;
    let mut conn = connect(admin.expose().to_owned()).await.context("the admin cannot connect")?;
    let exists: bool = sql::<Bool>("SELECT EXISTS (SELECT FROM pg_database WHERE datname = ")
        .bind::<Text, _>(&database)
        .sql(")")
        .get_result(&mut conn)
        .await?;
    if !exists {
        return Ok(false);
    }
    are_filled(with_database(admin, &database)?, tables).await
}

async fn are_filled(url: String, tables: Tables<'_>) -> anyhow::Result<bool> {
    let mut conn = connect(url).await.context("the database cannot be read")?;
    let filled = sql::<Bool>(
        "SELECT coalesce(sum(pg_relation_size(c.oid)), 0) > 0 FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ",
    )
    .bind::<Text, _>(tables.schema)
    .sql(" AND c.relname = ANY(")
    .bind::<Array<Text>, _>(tables.names)
    .sql(")")
    .get_result(&mut conn)
    .await?;
    Ok(filled)
}

/// The administrator's URL with another database.
pub(super) fn with_database(admin: &Secret, database: &str) -> anyhow::Result<String> {
    let mut url = url::Url::parse(admin.expose()).context("the admin's database URL")?;
    url.set_path(database);
    Ok(url.to_string())
}
