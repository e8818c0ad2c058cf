//! Queries of the sign-in log.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{delete, insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::{
    db::{Conn, DbError},
    http::page::PageRequest,
};
use uuid::Uuid;

use super::domain::{Attempt, Columns, Recorded};
use crate::schema::{sign_ins, unknown_sign_ins};

/// Records an attempt of a known user.
pub(crate) async fn insert(conn: &mut Conn, attempt: &Attempt) -> Result<(), DbError> {
    insert_into(sign_ins::table)
        .values((
            sign_ins::id.eq(attempt.id),
            sign_ins::tenant_id.eq(attempt.tenant_id),
            sign_ins::subject_id.eq(attempt.user_id),
            sign_ins::outcome.eq(attempt.outcome.as_str()),
            sign_ins::ip.eq(attempt.ip_bytes()),
            sign_ins::at.eq(attempt.at),
        ))
        .execute(conn)
        .await?;
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

/// Newest first; one row more than `limit` tells that there are more.
pub(crate) async fn page(
    conn: &mut Conn,
    tenant_id: Uuid,
    page: PageRequest,
) -> Result<Vec<Recorded>, DbError> {
    let rows: Vec<Columns> = sign_ins::table
        .filter(sign_ins::tenant_id.eq(tenant_id))
        .select((sign_ins::id, sign_ins::subject_id, sign_ins::outcome, sign_ins::ip, sign_ins::at))
        .filter(sign_ins::id.lt(page.before()))
        .order(sign_ins::id.desc())
        .limit(page.rows())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Recorded::from_columns).collect())
}

/// Removes attempts older than `before`, counts too.
pub(crate) async fn expire(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize, DbError> {
    delete(unknown_sign_ins::table)
        .filter(unknown_sign_ins::day.lt(before.date_naive()))
        .execute(conn)
        .await?;
    Ok(delete(sign_ins::table).filter(sign_ins::at.lt(before)).execute(conn).await?)
}

/// Removes a person's attempts.
pub(crate) async fn erase(conn: &mut Conn, user_id: Uuid) -> Result<usize, DbError> {
    Ok(delete(sign_ins::table).filter(sign_ins::subject_id.eq(user_id)).execute(conn).await?)
}
