//! Queries on `counters`.

use diesel::{
    dsl::sql,
    insert_into,
    prelude::*,
    sql_types::{BigInt, Nullable},
};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use serde::Serialize;
use uuid::Uuid;

use crate::schema::counters;

/// Stands for the constituency of actions whose constituency is not known. Comes after all codes.
pub(super) const UNKNOWN: &str = "unknown";

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = counters, check_for_backend(diesel::pg::Pg))]
pub(super) struct ConstituencyCount {
    constituency: String,
    pub(super) count: i64,
}

pub(super) async fn add(
    conn: &mut Conn,
    tenant_id: Uuid,
    campaign_id: Uuid,
    constituency: &str,
    number: i64,
) -> Result<(), DbError> {
    insert_into(counters::table)
        .values((
            counters::tenant_id.eq(tenant_id),
            counters::campaign_id.eq(campaign_id),
            counters::constituency.eq(constituency),
            counters::count.eq(number),
        ))
        .on_conflict((counters::campaign_id, counters::constituency))
        .do_update()
        .set(counters::count.eq(counters::count + number))
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn total(conn: &mut Conn, campaign_id: Uuid) -> Result<i64, DbError> {
    // A sum of BIGINT is NUMERIC.
    let sum = sql::<Nullable<BigInt>>("sum(count)::bigint");
    let total: Option<i64> = counters::table
        .filter(counters::campaign_id.eq(campaign_id))
        .select(sum)
        .first(conn)
        .await?;
    Ok(total.unwrap_or_default())
}

/// Those that are not empty.
pub(super) async fn by_constituency(
    conn: &mut Conn,
    campaign_id: Uuid,
) -> Result<Vec<ConstituencyCount>, DbError> {
    Ok(counters::table
        .filter(counters::campaign_id.eq(campaign_id))
        .filter(counters::count.gt(0))
        .order(counters::constituency)
        .select(ConstituencyCount::as_select())
        .load(conn)
        .await?)
}
