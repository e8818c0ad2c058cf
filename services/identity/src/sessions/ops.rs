//! Commands on sessions.

use chrono::{DateTime, NaiveDate, Utc};
use contracts::identity::{PLATFORM_TENANT, Principal, SessionGrant};
use kit::{db::Conn, id::Ids};
use uuid::Uuid;

use super::{
    domain::{EndReason, LIFE, Session, token_hash},
    store,
};
use crate::{
    error::Error,
    sign_ins::{self, domain::Attempt},
    users::{self, domain::Tenancy},
};

/// Opens a session and records the sign-in.
pub(super) async fn start(
    conn: &mut Conn,
    ids: Ids,
    tenancy: &Tenancy,
    attempt: Attempt,
) -> Result<SessionGrant, Error> {
    let now = attempt.at;
    let session = Session {
        id: ids.next(),
        tenant_id: tenancy.tenant_id,
        user_id: attempt.user_id,
        created_at: now,
        expires_at: now + LIFE,
        ended_at: None,
    };
    store::insert(conn, &session).await?;
    sign_ins::store::insert(conn, attempt).await?;
    grant(conn, ids, now, &session, tenancy).await
}

/// Records an attempt that was refused; one under an unknown address only as a count.
pub(super) async fn refuse(
    conn: &mut Conn,
    attempt: Option<Attempt>,
    today: NaiveDate,
) -> Result<(), Error> {
    match attempt {
        Some(attempt) => sign_ins::store::insert(conn, attempt).await?,
        None => sign_ins::store::count_unknown(conn, PLATFORM_TENANT, today).await?,
    }
    Ok(())
}

/// Exchanges a token for the next one. A used token ends the family, which `reuse` records. None if the session has ended,
/// which is no error, since the end must be committed.
pub(super) async fn refresh(
    conn: &mut Conn,
    ids: Ids,
    now: DateTime<Utc>,
    hash: &[u8],
    session_id: Uuid,
    reuse: Attempt,
) -> Result<Option<SessionGrant>, Error> {
    let session = store::lock(conn, session_id).await?.filter(|session| session.is_alive(now));
    let Some(session) = session else { return Ok(None) };
    if store::rotate(conn, hash, now).await? == 0 {
        store::end(conn, session_id, EndReason::TokenReused, now).await?;
        let reuse = Attempt { tenant_id: session.tenant_id, ..reuse };
        sign_ins::store::insert(conn, reuse).await?;
        return Ok(None);
    }
    let Some(tenancy) = tenancy(conn, &session).await? else {
        store::end(conn, session_id, EndReason::MembershipEnded, now).await?;
        return Ok(None);
    };
    Ok(Some(grant(conn, ids, now, &session, &tenancy).await?))
}

/// Whose a session is and what they may do now, while it, the membership and the organisation are active.
pub(super) async fn principal(
    conn: &mut Conn,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Principal, Error> {
    let session = store::by_id(conn, id).await?.filter(|session| session.is_alive(now));
    let session = session.ok_or(Error::NoSuchSession)?;
    let tenancy = tenancy(conn, &session).await?.ok_or(Error::NoSuchSession)?;
    Ok(new_principal(&session, &tenancy))
}

/// Signs out. An unknown token is no error: the answer is the same.
pub(super) async fn revoke(conn: &mut Conn, hash: &[u8], now: DateTime<Utc>) -> Result<(), Error> {
    if let Some(token) = store::token(conn, hash).await? {
        store::end(conn, token.session_id, EndReason::SignedOut, now).await?;
    }
    Ok(())
}

/// The membership that a session acts under; none once it has ended or the organisation may not act.
async fn tenancy(conn: &mut Conn, session: &Session) -> Result<Option<Tenancy>, Error> {
    let tenancies = users::store::tenancies(conn, session.user_id).await?;
    Ok(tenancies.into_iter().find(|tenancy| tenancy.tenant_id == session.tenant_id))
}

async fn grant(
    conn: &mut Conn,
    ids: Ids,
    now: DateTime<Utc>,
    session: &Session,
    tenancy: &Tenancy,
) -> Result<SessionGrant, Error> {
    let refresh_token = ids.token::<32>();
    store::insert_token(conn, session, &token_hash(&refresh_token), now).await?;
    let principal = new_principal(session, tenancy);
    Ok(SessionGrant { principal, session_id: session.id, refresh_token })
}

fn new_principal(session: &Session, tenancy: &Tenancy) -> Principal {
    Principal {
        tenant_id: session.tenant_id,
        actor_id: session.user_id,
        actor_kind: "user".to_owned(),
        scopes: tenancy.role.scopes().iter().map(ToString::to_string).collect(),
        origins: Vec::new(),
        publishable: false,
        test: false,
    }
}
