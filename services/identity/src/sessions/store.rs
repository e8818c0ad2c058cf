//! Queries on `sessions` and `refresh_tokens`.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::{EndReason, Session, Token};
use crate::schema::{refresh_tokens, sessions};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    subject_id: Uuid,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

pub(super) async fn insert(conn: &mut Conn, session: &Session) -> Result<(), DbError> {
    let Session { id, tenant_id, user_id: subject_id, created_at, expires_at, ended_at } = *session;
    let row = Row { id, tenant_id, subject_id, created_at, expires_at, ended_at };
    insert_into(sessions::table).values(row).execute(conn).await?;
    Ok(())
}

/// Adds the token that is valid from now on.
pub(super) async fn insert_token(
    conn: &mut Conn,
    session: &Session,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash),
            refresh_tokens::tenant_id.eq(session.tenant_id),
            refresh_tokens::session_id.eq(session.id),
            refresh_tokens::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn token(conn: &mut Conn, hash: &[u8]) -> Result<Option<Token>, DbError> {
    let row: Option<(Uuid, Uuid, Option<DateTime<Utc>>)> = refresh_tokens::table
        .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)))
        .filter(refresh_tokens::token_hash.eq(hash))
        .select((sessions::id, sessions::subject_id, refresh_tokens::rotated_at))
        .first(conn)
        .await
        .optional()?;
    let token = |(session_id, user_id, rotated_at)| Token { session_id, user_id, rotated_at };
    Ok(row.map(token))
}

pub(super) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Session>, DbError> {
    let query = sessions::table.find(id).select(Row::as_select());
    Ok(query.first(conn).await.optional()?.map(Session::from))
}

/// The same, and nobody else changes it until the transaction ends.
pub(super) async fn lock(conn: &mut Conn, id: Uuid) -> Result<Option<Session>, DbError> {
    let query = sessions::table.find(id).select(Row::as_select()).for_update();
    Ok(query.first(conn).await.optional()?.map(Session::from))
}

/// Uses a token; returns 0 if it is used already.
pub(super) async fn rotate(
    conn: &mut Conn,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(refresh_tokens::table.find(hash))
        .filter(refresh_tokens::rotated_at.is_null())
        .set(refresh_tokens::rotated_at.eq(now))
        .execute(conn)
        .await?)
}

/// Ends a session; returns 0 if it has ended already.
pub(super) async fn end(
    conn: &mut Conn,
    id: Uuid,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(sessions::table.find(id))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(reason)))
        .execute(conn)
        .await?)
}

/// Ends the sessions that a former member still has in an organisation.
pub(crate) async fn end_all(
    conn: &mut Conn,
    tenant_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(sessions::table)
        .filter(sessions::tenant_id.eq(tenant_id))
        .filter(sessions::subject_id.eq(user_id))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(EndReason::MembershipEnded)))
        .execute(conn)
        .await?)
}

/// Deletes sessions past their absolute end, and their tokens.
pub(crate) async fn expire(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, DbError> {
    Ok(delete(sessions::table).filter(sessions::expires_at.lt(now)).execute(conn).await?)
}

/// Deletes a person's sessions, and their tokens.
pub(crate) async fn erase(conn: &mut Conn, user_id: Uuid) -> Result<usize, DbError> {
    Ok(delete(sessions::table).filter(sessions::subject_id.eq(user_id)).execute(conn).await?)
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        let Row { id, tenant_id, subject_id: user_id, created_at, expires_at, ended_at } = row;
        Self { id, tenant_id, user_id, created_at, expires_at, ended_at }
    }
}
