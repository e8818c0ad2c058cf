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
   FROM (SELECT id AS action_id, subject_id AS person FROM actions WHERE state = 'confirmed' AND {column} = $1 FOR UPDATE) AS old
   WHERE actions.id = old.action_id RETURNING old.action_id, actions.campaign_id, old.person";

/// An anonymised action, by the id it had before.
#[derive(QueryableByName)]
pub(crate) struct Anonymised {
    #[diesel(sql_type = sql_types::Uuid)]
    pub(crate) action_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    pub(crate) campaign_id: Uuid,
    /// Whose action it was.
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    pub(crate) person: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
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

/// Deletes actions that were not confirmed in time, and notes whose they were. Returns how many it deleted.
pub(crate) async fn delete_expired(conn: &mut Conn, now: DateTime<Utc>) -> Result<i64, DbError> {
    let deleted: Count = sql_query(
        "WITH gone AS (
           DELETE FROM actions WHERE id IN (SELECT id FROM actions
             WHERE state IN ('submitted', 'repeated') AND expires_at < $1 ORDER BY expires_at LIMIT $2)
           RETURNING tenant_id, subject_id
         ), departed AS (
           INSERT INTO departures (subject_id, tenant_id, next_at)
           SELECT DISTINCT subject_id, tenant_id, $1 FROM gone WHERE subject_id IS NOT NULL ORDER BY subject_id
           ON CONFLICT (subject_id) DO UPDATE SET next_at = excluded.next_at
         )
         SELECT count(*) FROM gone",
    )
    .bind::<sql_types::Timestamptz, _>(now)
    .bind::<sql_types::BigInt, _>(SWEEP)
    .get_result(conn)
    .await?;
    Ok(deleted.count)
}
