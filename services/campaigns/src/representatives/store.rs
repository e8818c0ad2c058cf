//! Queries on `representatives`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::{
    delete as delete_from, insert_into, prelude::*, sql_query, sql_types, upsert::excluded,
};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::Representative;
use crate::{constituencies::domain::Constituency, schema::representatives};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = representatives, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    gss_code: String,
    name: String,
    party: String,
    office_email: String,
    office_address: String,
    salutation: String,
    imported_at: DateTime<Utc>,
}

/// One import at a time per tenant, until the transaction ends: two would leave the union of their files.
pub(super) async fn lock(conn: &mut Conn, tenant_id: Uuid) -> Result<(), DbError> {
    sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.representatives' || $1, 0))",
    )
    .bind::<sql_types::Text, _>(tenant_id.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Of all constituencies: a register is bounded by the size of its file.
pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Representative>, DbError> {
    let rows: Vec<Row> = representatives::table.select(Row::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(Representative::from).collect())
}

pub(super) async fn delete(conn: &mut Conn, gss_codes: &[&str]) -> Result<usize, DbError> {
    let gone = representatives::table.filter(representatives::gss_code.eq_any(gss_codes));
    Ok(delete_from(gone).execute(conn).await?)
}

pub(super) async fn upsert(
    conn: &mut Conn,
    tenant_id: Uuid,
    chunk: &[Representative],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    use representatives as r;
    let rows: Vec<Row> = chunk.iter().map(|it| Row::new(it.clone(), tenant_id, now)).collect();
    insert_into(r::table)
        .values(rows)
        .on_conflict((r::tenant_id, r::gss_code))
        .do_update()
        .set((
            r::name.eq(excluded(r::name)),
            r::party.eq(excluded(r::party)),
            r::office_email.eq(excluded(r::office_email)),
            r::office_address.eq(excluded(r::office_address)),
            r::salutation.eq(excluded(r::salutation)),
            r::imported_at.eq(excluded(r::imported_at)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// None if the constituency is not known or has no representative.
pub(crate) async fn by_constituency(
    conn: &mut Conn,
    constituency: Option<&Constituency>,
) -> Result<Option<Representative>, DbError> {
    let Some(constituency) = constituency else { return Ok(None) };
    let query = representatives::table
        .filter(representatives::gss_code.eq(&constituency.gss_code))
        .select(Row::as_select());
    Ok(query.first(conn).await.optional()?.map(Representative::from))
}

/// The same, unless an import has touched it since.
pub(crate) async fn unchanged_since(
    conn: &mut Conn,
    constituency: Option<&Constituency>,
    since: DateTime<Utc>,
) -> Result<Option<Representative>, DbError> {
    let Some(constituency) = constituency else { return Ok(None) };
    let query = representatives::table
        .filter(representatives::gss_code.eq(&constituency.gss_code))
        .filter(representatives::imported_at.le(since))
        .select(Row::as_select());
    Ok(query.first(conn).await.optional()?.map(Representative::from))
}

/// GSS codes.
pub(super) async fn constituencies(conn: &mut Conn) -> Result<HashSet<String>, DbError> {
    let codes: Vec<String> =
        representatives::table.select(representatives::gss_code).load(conn).await?;
    Ok(codes.into_iter().collect())
}

pub(super) async fn page(
    conn: &mut Conn,
    page: PageRequest,
) -> Result<Vec<Representative>, DbError> {
    let rows: Vec<Row> = representatives::table
        .filter(representatives::id.gt(page.after()))
        .order(representatives::id)
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Representative::from).collect())
}

impl Row {
    fn new(it: Representative, tenant_id: Uuid, imported_at: DateTime<Utc>) -> Self {
        let Representative { id, gss_code, name, party, office_email, office_address, salutation } =
            it;
        Self {
            id,
            tenant_id,
            gss_code,
            name,
            party,
            office_email,
            office_address,
            salutation,
            imported_at,
        }
    }
}

impl From<Row> for Representative {
    fn from(row: Row) -> Self {
        let Row { id, gss_code, name, party, office_email, office_address, salutation, .. } = row;
        Self { id, gss_code, name, party, office_email, office_address, salutation }
    }
}
