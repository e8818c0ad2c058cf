//! Queries on `sign_ins` and `unknown_sign_ins`.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{delete, insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::Attempt;
use crate::{
    schema::{sign_ins, unknown_sign_ins},
    users::domain::SealedText,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_ins, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    subject_id: Uuid,
    outcome: String,
    ip: Option<Vec<u8>>,
    at: DateTime<Utc>,
}

pub(crate) async fn insert(conn: &mut Conn, attempt: Attempt) -> Result<(), DbError> {
    let Attempt { id, tenant_id, user_id: subject_id, outcome, ip, at } = attempt;
    let ip = ip.map(SealedText::into_bytes);
    let row = Row { id, tenant_id, subject_id, outcome, ip, at };
    insert_into(sign_ins::table).values(row).execute(conn).await?;
    Ok(())
}

/// Counts an attempt under an address nobody has.
pub(crate) async fn count_unknown(
    conn: &mut Conn,
    platform: Uuid,
    day: NaiveDate,
) -> Result<(), DbError> {
    insert_into(unknown_sign_ins::table)
        .values((
            unknown_sign_ins::tenant_id.eq(platform),
            unknown_sign_ins::day.eq(day),
            unknown_sign_ins::attempts.eq(1),
        ))
        .on_conflict((unknown_sign_ins::tenant_id, unknown_sign_ins::day))
        .do_update()
        .set(unknown_sign_ins::attempts.eq(unknown_sign_ins::attempts + 1))
        .execute(conn)
        .await?;
    Ok(())
}

/// Newest first.
pub(super) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<Attempt>, DbError> {
    let rows: Vec<Row> = sign_ins::table
        .filter(sign_ins::tenant_id.eq(tenant_id))
        .filter(sign_ins::id.lt(page.before()))
        .order(sign_ins::id.desc())
        .limit(page.rows())
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Attempt::from).collect())
}

/// Deletes attempts older than `before`, and the counts of unknown addresses.
pub(crate) async fn expire(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize, DbError> {
    delete(unknown_sign_ins::table)
        .filter(unknown_sign_ins::day.lt(before.date_naive()))
        .execute(conn)
        .await?;
    Ok(delete(sign_ins::table).filter(sign_ins::at.lt(before)).execute(conn).await?)
}

pub(crate) async fn erase(conn: &mut Conn, user_id: Uuid) -> Result<usize, DbError> {
    Ok(delete(sign_ins::table).filter(sign_ins::subject_id.eq(user_id)).execute(conn).await?)
}

impl From<Row> for Attempt {
    fn from(row: Row) -> Self {
        let Row { id, tenant_id, subject_id: user_id, outcome, ip, at } = row;
        Self { id, tenant_id, user_id, outcome, ip: ip.map(SealedText::from_bytes), at }
    }
}
