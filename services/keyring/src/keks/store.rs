//! Queries on `keks`.

use chrono::{DateTime, Utc};
use diesel::{insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};

use crate::schema::keks;

/// Records the first use of a version; a later one changes nothing.
pub(super) async fn insert(
    conn: &mut Conn,
    version: i32,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    insert_into(keks::table)
        .values((keks::version.eq(version), keks::first_used_at.eq(now)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn first_use(conn: &mut Conn, version: i32) -> Result<DateTime<Utc>, DbError> {
    Ok(keks::table.find(version).select(keks::first_used_at).first(conn).await?)
}
