//! Queries of sessions and refresh tokens.

use chrono::{DateTime, Utc};
use diesel::{delete, insert_into, prelude::*, update};
use diesel_async::RunQueryDsl;
use kit::db::{Conn, DbError};
use uuid::Uuid;

use super::domain::{End, Session};
use crate::schema::{refresh_tokens, sessions};

/// Adds a session.
pub(crate) async fn insert(conn: &mut Conn, session: &Session) -> Result<(), DbError> {
    insert_into(sessions::table)
        .values((
            sessions::id.eq(session.id),
            sessions::tenant_id.eq(session.tenant_id),
            sessions::subject_id.eq(session.user_id),
            sessions::created_at.eq(session.created_at),
            sessions::expires_at.eq(session.expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds the token that is good from now on.
pub(crate) async fn insert_token(
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

/// The session of a token, and whether the token is used up.
pub(crate) async fn by_token(
    conn: &mut Conn,
    hash: &[u8],
) -> Result<Option<(Uuid, Uuid, bool)>, DbError> {
    let row: Option<(Uuid, Uuid, Option<DateTime<Utc>>)> = refresh_tokens::table
        .inner_join(sessions::table.on(sessions::id.eq(refresh_tokens::session_id)))
        .filter(refresh_tokens::token_hash.eq(hash))
        .select((sessions::id, sessions::subject_id, refresh_tokens::rotated_at))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(session, user, rotated_at)| (session, user, rotated_at.is_some())))
}

type Row = (Uuid, Uuid, Uuid, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>);

type Columns = (
    sessions::id,
    sessions::tenant_id,
    sessions::subject_id,
    sessions::created_at,
    sessions::expires_at,
    sessions::ended_at,
);
const COLUMNS: Columns = (
    sessions::id,
    sessions::tenant_id,
    sessions::subject_id,
    sessions::created_at,
    sessions::expires_at,
    sessions::ended_at,
);

fn session((id, tenant_id, user_id, created_at, expires_at, ended_at): Row) -> Session {
    Session { id, tenant_id, user_id, created_at, expires_at, ended: ended_at.is_some() }
}

/// A session.
pub(crate) async fn by_id(conn: &mut Conn, id: Uuid) -> Result<Option<Session>, DbError> {
    let found = sessions::table.filter(sessions::id.eq(id)).select(COLUMNS);
    let row: Option<Row> = found.first(conn).await.optional()?;
    Ok(row.map(session))
}

/// A session; others that want it wait until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn, id: Uuid) -> Result<Option<Session>, DbError> {
    let found = sessions::table.filter(sessions::id.eq(id)).select(COLUMNS).for_update();
    let row: Option<Row> = found.first(conn).await.optional()?;
    Ok(row.map(session))
}

/// Uses a token up; 0 when it was.
pub(crate) async fn rotate(
    conn: &mut Conn,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(refresh_tokens::table)
        .filter(refresh_tokens::token_hash.eq(hash))
        .filter(refresh_tokens::rotated_at.is_null())
        .set(refresh_tokens::rotated_at.eq(now))
        .execute(conn)
        .await?)
}

/// Ends a session; 0 when it has ended.
pub(crate) async fn end(
    conn: &mut Conn,
    id: Uuid,
    why: End,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(sessions::table)
        .filter(sessions::id.eq(id))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(why.as_str())))
        .execute(conn)
        .await?)
}

/// Ends what a former member still has open in an organisation.
pub(crate) async fn end_of_member(
    conn: &mut Conn,
    tenant_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    Ok(update(sessions::table)
        .filter(sessions::tenant_id.eq(tenant_id))
        .filter(sessions::subject_id.eq(user_id))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(End::MembershipEnded.as_str())))
        .execute(conn)
        .await?)
}

/// Removes sessions past their absolute end, tokens with them.
pub(crate) async fn expire(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize, DbError> {
    Ok(delete(sessions::table).filter(sessions::expires_at.lt(now)).execute(conn).await?)
}

/// Removes a person's sessions, tokens with them.
pub(crate) async fn erase(conn: &mut Conn, user_id: Uuid) -> Result<usize, DbError> {
    Ok(delete(sessions::table).filter(sessions::subject_id.eq(user_id)).execute(conn).await?)
}
