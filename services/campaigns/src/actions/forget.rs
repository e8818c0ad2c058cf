//! Queries that forget: anonymise, erase, sweep. A part of the store.

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, delete, prelude::*, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::State;
use crate::schema::{action_consents, actions};

/// Rows one sweep deletes in a transaction.
const SWEEP: i64 = 1_000;

/// Nothing that points to a person stays, and times only to the month.
const ANONYMISE: &str = "UPDATE actions SET state = 'anonymised', subject_id = NULL, name = NULL, email = NULL,
     postcode = NULL, address = NULL, own_words = NULL, subject_line = NULL, link_hash = NULL,
     message_id = NULL, place_pending = false,
     taken_at = date_trunc('month', taken_at, 'UTC'), expires_at = date_trunc('month', expires_at, 'UTC'),
     confirmed_at = date_trunc('month', confirmed_at, 'UTC')
   WHERE state = 'confirmed' AND";

#[derive(QueryableByName)]
struct Of {
    #[diesel(sql_type = sql_types::Uuid)]
    campaign_id: Uuid,
}

/// The campaign of the action; none when there was nothing to take off.
pub(super) async fn anonymise(conn: &mut Conn, id: Uuid) -> Result<Option<Uuid>, DbError> {
    let found: Option<Of> = sql_query(format!("{ANONYMISE} id = $1 RETURNING campaign_id"))
        .bind::<sql_types::Uuid, _>(id)
        .get_result(conn)
        .await
        .optional()?;
    Ok(found.map(|of| of.campaign_id))
}

pub(super) async fn anonymise_all_of(conn: &mut Conn, subject_id: Uuid) -> Result<usize, DbError> {
    Ok(sql_query(format!("{ANONYMISE} subject_id = $1"))
        .bind::<sql_types::Uuid, _>(subject_id)
        .execute(conn)
        .await?)
}

pub(super) async fn delete_consents(conn: &mut Conn, action_id: Uuid) -> Result<usize, DbError> {
    let of_action = action_consents::table.filter(action_consents::action_id.eq(action_id));
    Ok(delete(of_action).execute(conn).await?)
}

pub(super) async fn delete_consents_of(
    conn: &mut Conn,
    subject_id: Uuid,
) -> Result<usize, DbError> {
    let of_person = action_consents::table.filter(action_consents::subject_id.eq(subject_id));
    Ok(delete(of_person).execute(conn).await?)
}

pub(super) async fn delete_unconfirmed_of(
    conn: &mut Conn,
    subject_id: Uuid,
) -> Result<usize, DbError> {
    Ok(delete(actions::table)
        .filter(actions::subject_id.eq(subject_id))
        .filter(actions::state.eq_any([State::Submitted.as_str(), State::Repeated.as_str()]))
        .execute(conn)
        .await?)
}

pub(super) async fn delete_expired(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, DbError> {
    Ok(sql_query(
        "DELETE FROM actions WHERE id IN (SELECT id FROM actions
         WHERE state IN ('submitted', 'repeated') AND expires_at < $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind::<sql_types::Timestamptz, _>(now)
    .bind::<sql_types::BigInt, _>(SWEEP)
    .execute(conn)
    .await?)
}
