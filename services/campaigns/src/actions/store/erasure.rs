//! Queries that anonymise, erase and sweep.

use chrono::{DateTime, Utc};
use diesel::{QueryableByName, delete, prelude::*, sql_query, sql_types};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use crate::{
    actions::domain::State,
    schema::{action_consents, actions},
};

/// Rows that one sweep deletes in a transaction.
const SWEEP: i64 = 1_000;

/// Nothing that points to a person stays: times are cut to the month, and the id is replaced, since it contains the
/// millisecond of the action and joins the row to earlier downloads.
const ANONYMISE: &str = "UPDATE actions SET id = gen_random_uuid(), state = 'anonymised', subject_id = NULL, name = NULL,
     email = NULL, postcode = NULL, address = NULL, own_words = NULL, subject_line = NULL, link_hash = NULL,
     message_id = NULL, place_pending = false,
     taken_at = date_trunc('month', taken_at, 'UTC'), expires_at = date_trunc('month', expires_at, 'UTC'),
     confirmed_at = date_trunc('month', confirmed_at, 'UTC')
   FROM (SELECT id AS action_id FROM actions WHERE state = 'confirmed' AND {column} = $1 FOR UPDATE) AS old
   WHERE actions.id = old.action_id RETURNING old.action_id, actions.campaign_id";

/// An anonymised action, by the id it had before.
#[derive(QueryableByName)]
pub(crate) struct Anonymised {
    #[diesel(sql_type = sql_types::Uuid)]
    pub(crate) action_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    pub(crate) campaign_id: Uuid,
}

/// Empty if there is no such confirmed action.
pub(crate) async fn anonymise(conn: &mut Conn, id: Uuid) -> Result<Vec<Anonymised>, DbError> {
    anonymise_where(conn, "id", id).await
}

pub(crate) async fn anonymise_subject(
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
    let query = sql_query(ANONYMISE.replace("{column}", column));
    Ok(query.bind::<sql_types::Uuid, _>(value).get_results(conn).await?)
}

pub(crate) async fn delete_answers(conn: &mut Conn, action_id: Uuid) -> Result<usize, DbError> {
    let answers = action_consents::table.filter(action_consents::action_id.eq(action_id));
    Ok(delete(answers).execute(conn).await?)
}

pub(crate) async fn delete_answers_of_subject(
    conn: &mut Conn,
    subject_id: Uuid,
) -> Result<usize, DbError> {
    let answers = action_consents::table.filter(action_consents::subject_id.eq(subject_id));
    Ok(delete(answers).execute(conn).await?)
}

pub(crate) async fn delete_unconfirmed_of_subject(
    conn: &mut Conn,
    subject_id: Uuid,
) -> Result<usize, DbError> {
    Ok(delete(actions::table)
        .filter(actions::subject_id.eq(subject_id))
        .filter(actions::state.eq_any([State::Submitted, State::Repeated]))
        .execute(conn)
        .await?)
}

pub(crate) async fn delete_expired(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, DbError> {
    Ok(sql_query(
        "DELETE FROM actions WHERE id IN (SELECT id FROM actions
         WHERE state IN ('submitted', 'repeated') AND expires_at < $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind::<sql_types::Timestamptz, _>(now)
    .bind::<sql_types::BigInt, _>(SWEEP)
    .execute(conn)
    .await?)
}
