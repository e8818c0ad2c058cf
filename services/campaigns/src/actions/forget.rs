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

/// Nothing that points to a person stays: times only to the month, and another id, for the old one tells the millisecond
/// and joins the row to what was downloaded before.
const ANONYMISE: &str = "UPDATE actions SET id = gen_random_uuid(), state = 'anonymised', subject_id = NULL, name = NULL,
     email = NULL, postcode = NULL, address = NULL, own_words = NULL, subject_line = NULL, link_hash = NULL,
     message_id = NULL, place_pending = false,
     taken_at = date_trunc('month', taken_at, 'UTC'), expires_at = date_trunc('month', expires_at, 'UTC'),
     confirmed_at = date_trunc('month', confirmed_at, 'UTC')
   FROM (SELECT id AS action_id FROM actions WHERE state = 'confirmed' AND {who} = $1 FOR UPDATE) AS old
   WHERE actions.id = old.action_id RETURNING old.action_id, actions.campaign_id";

/// An action that has no person any more, by the id it had.
#[derive(QueryableByName)]
pub(super) struct Anonymised {
    #[diesel(sql_type = sql_types::Uuid)]
    pub(super) action_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    pub(super) campaign_id: Uuid,
}

/// None when there was nothing to take off.
pub(super) async fn anonymise(conn: &mut Conn, id: Uuid) -> Result<Vec<Anonymised>, DbError> {
    anonymise_where(conn, "id", id).await
}

pub(super) async fn anonymise_all_of(
    conn: &mut Conn,
    subject_id: Uuid,
) -> Result<Vec<Anonymised>, DbError> {
    anonymise_where(conn, "subject_id", subject_id).await
}

async fn anonymise_where(
    conn: &mut Conn,
    column: &'static str,
    value: Uuid,
) -> Result<Vec<Anonymised>, DbError> {
    let query = sql_query(ANONYMISE.replace("{who}", column));
    Ok(query.bind::<sql_types::Uuid, _>(value).get_results(conn).await?)
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
