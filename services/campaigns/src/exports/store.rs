//! Queries on `disclosures`.

use chrono::{DateTime, Utc};
use diesel::{dsl::exists as exists_in, insert_into, prelude::*, select, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::schema::disclosures;

/// Who downloads what.
#[derive(Insertable)]
#[diesel(table_name = disclosures, treat_none_as_default_value = false)]
pub(super) struct Disclosure {
    pub(super) id: Uuid,
    pub(super) tenant_id: Uuid,
    pub(super) campaign_id: Uuid,
    pub(super) actor_id: String,
    pub(super) actor_kind: String,
    pub(super) fields: String,
    pub(super) rows: i64,
    pub(super) begun_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut Conn, disclosure: &Disclosure) -> Result<(), DbError> {
    insert_into(disclosures::table).values(disclosure).execute(conn).await?;
    Ok(())
}

/// Whether this is a download of the same campaign by the same actor.
pub(super) async fn exists(conn: &mut Conn, id: Uuid, own: &Disclosure) -> Result<bool, DbError> {
    let found = disclosures::table
        .find(id)
        .filter(disclosures::campaign_id.eq(own.campaign_id))
        .filter(disclosures::actor_id.eq(&own.actor_id))
        .filter(disclosures::actor_kind.eq(&own.actor_kind));
    Ok(select(exists_in(found)).get_result(conn).await?)
}

pub(super) async fn add_rows(
    conn: &mut Conn,
    id: Uuid,
    rows: i64,
    finished_at: Option<DateTime<Utc>>,
) -> Result<usize, DbError> {
    Ok(update(disclosures::table.find(id))
        .set((
            disclosures::rows.eq(disclosures::rows + rows),
            disclosures::finished_at.eq(finished_at),
        ))
        .execute(conn)
        .await?)
}
