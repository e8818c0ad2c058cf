//! Queries on `representatives`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::Representative;
use crate::schema::representatives;

#[derive(Queryable, Selectable)]
#[diesel(table_name = representatives, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    gss_code: String,
    name: String,
    party: String,
    office_email: String,
    office_address: String,
    salutation: String,
}

pub(super) async fn upsert(
    conn: &mut Conn,
    tenant_id: Uuid,
    chunk: &[Representative],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    use representatives as r;
    let rows: Vec<_> = chunk
        .iter()
        .map(|of| {
            (
                r::id.eq(of.id),
                r::tenant_id.eq(tenant_id),
                r::gss_code.eq(&of.gss_code),
                r::name.eq(&of.name),
                r::party.eq(&of.party),
                r::office_email.eq(&of.office_email),
                r::office_address.eq(&of.office_address),
                r::salutation.eq(&of.salutation),
                r::imported_at.eq(now),
            )
        })
        .collect();
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

pub(crate) async fn by_constituency(
    conn: &mut Conn,
    gss_code: &str,
) -> Result<Option<Representative>, DbError> {
    let row: Option<Row> = representatives::table
        .filter(representatives::gss_code.eq(gss_code))
        .select(Row::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(Row::into_representative))
}

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
    Ok(rows.into_iter().map(Row::into_representative).collect())
}

impl Row {
    fn into_representative(self) -> Representative {
        Representative {
            id: self.id,
            gss_code: self.gss_code,
            name: self.name,
            party: self.party,
            office_email: self.office_email,
            office_address: self.office_address,
            salutation: self.salutation,
        }
    }
}
