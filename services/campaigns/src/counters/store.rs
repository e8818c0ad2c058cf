//! Queries on `counters`.

use diesel::{insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use serde::Serialize;
use uuid::Uuid;

use crate::schema::counters;

#[derive(Queryable, Selectable, Serialize)]
#[diesel(table_name = counters, check_for_backend(diesel::pg::Pg))]
pub(super) struct ConstituencyCount {
    constituency: String,
    pub(super) count: i64,
}

pub(super) async fn increment(
    conn: &mut Conn,
    tenant_id: Uuid,
    campaign_id: Uuid,
    constituency: &str,
) -> Result<(), DbError> {
    insert_into(counters::table)
        .values((
            counters::tenant_id.eq(tenant_id),
            counters::campaign_id.eq(campaign_id),
            counters::constituency.eq(constituency),
            counters::count.eq(1),
        ))
        .on_conflict((counters::campaign_id, counters::constituency))
        .do_update()
        .set(counters::count.eq(counters::count + 1))
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn total(conn: &mut Conn, campaign_id: Uuid) -> Result<i64, DbError> {
    Ok(by_constituency(conn, campaign_id).await?.iter().map(|count| count.count).sum())
}

pub(super) async fn by_constituency(
    conn: &mut Conn,
    campaign_id: Uuid,
) -> Result<Vec<ConstituencyCount>, DbError> {
    Ok(counters::table
        .filter(counters::campaign_id.eq(campaign_id))
        .order(counters::constituency)
        .select(ConstituencyCount::as_select())
        .load(conn)
        .await?)
}
