//! Commands on sessions.

use contracts::identity::{PLATFORM_TENANT, Principal, SessionGrant};
use kit::db::Conn;
use uuid::Uuid;

use super::{
    domain::{End, LIFE, Session, token_hash},
    store,
};
use crate::{
    app::App,
    error::Error,
    sign_ins::{
        self,
        domain::{Attempt, Outcome},
    },
    users::{self, domain::Place},
};

/// Opens a session and records the sign-in.
pub(crate) async fn start(
    app: &App,
    conn: &mut Conn,
    place: &Place,
    attempt: &Attempt,
) -> Result<SessionGrant, Error> {
    let session = Session {
        id: app.kit.ids.next(),
        tenant_id: place.tenant_id,
        user_id: attempt.user_id,
        created_at: attempt.at,
        expires_at: attempt.at + LIFE,
        ended: false,
    };
    store::insert(conn, &session).await?;
    sign_ins::store::insert(conn, attempt).await?;
    grant(app, conn, &session, place).await
}

/// Records an attempt that led nowhere; an unknown address only as a count.
pub(crate) async fn refuse(
    app: &App,
    conn: &mut Conn,
    attempt: Option<&Attempt>,
) -> Result<(), Error> {
    if let Some(attempt) = attempt {
        sign_ins::store::insert(conn, attempt).await?;
    } else {
        let today = app.kit.clock.now().date_naive();
        sign_ins::store::count_unknown(conn, PLATFORM_TENANT, today).await?;
    }
    Ok(())
}

/// What a refresh came to. Every case is committed: a family that is ended stays ended.
pub(crate) enum Refreshed {
    Granted(SessionGrant),
    Ended,
}

/// Swaps a token for the next one. A used-up token ends the family: `reuse` is how that is recorded.
pub(crate) async fn refresh(
    app: &App,
    conn: &mut Conn,
    hash: &[u8],
    session_id: Uuid,
    reuse: Attempt,
) -> Result<Refreshed, Error> {
    let now = app.kit.clock.now();
    let Some(session) = store::lock(conn, session_id).await? else { return Ok(Refreshed::Ended) };
    if !session.lives(now) {
        return Ok(Refreshed::Ended);
    }
    if store::rotate(conn, hash, now).await? == 0 {
        store::end(conn, session_id, End::TokenReused, now).await?;
        let reuse = Attempt { tenant_id: session.tenant_id, ..reuse };
        sign_ins::store::insert(conn, &reuse).await?;
        return Ok(Refreshed::Ended);
    }
    let places = users::store::places(conn, session.user_id).await?;
    let Some(place) = places.iter().find(|place| place.tenant_id == session.tenant_id) else {
        store::end(conn, session_id, End::MembershipEnded, now).await?;
        return Ok(Refreshed::Ended);
    };
    Ok(Refreshed::Granted(grant(app, conn, &session, place).await?))
}

/// Whose a session is and what they may do now, while it, the membership and the organisation stand.
pub(crate) async fn alive(app: &App, conn: &mut Conn, id: Uuid) -> Result<Principal, Error> {
    let session = store::by_id(conn, id).await?.filter(|found| found.lives(app.kit.clock.now()));
    let session = session.ok_or(Error::NotFound("session"))?;
    let places = users::store::places(conn, session.user_id).await?;
    let place = places.iter().find(|place| place.tenant_id == session.tenant_id);
    Ok(principal(&session, place.ok_or(Error::NotFound("session"))?))
}

/// Signs out. A token of no session is no error: the answer is the same.
pub(crate) async fn revoke(app: &App, conn: &mut Conn, hash: &[u8]) -> Result<(), Error> {
    if let Some((session_id, ..)) = store::by_token(conn, hash).await? {
        store::end(conn, session_id, End::SignedOut, app.kit.clock.now()).await?;
    }
    Ok(())
}

/// An attempt as of now.
pub(crate) fn attempt(app: &App, tenant_id: Uuid, user_id: Uuid, outcome: Outcome) -> Attempt {
    let (id, at) = (app.kit.ids.next(), app.kit.clock.now());
    Attempt { id, tenant_id, user_id, outcome, ip: None, at }
}

async fn grant(
    app: &App,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
) -> Result<SessionGrant, Error> {
    let refresh_token = app.kit.ids.token::<32>();
    let now = app.kit.clock.now();
    store::insert_token(conn, session, &token_hash(&refresh_token), now).await?;
    Ok(SessionGrant { principal: principal(session, place), session_id: session.id, refresh_token })
}

fn principal(session: &Session, place: &Place) -> Principal {
    Principal {
        tenant_id: session.tenant_id,
        actor_id: session.user_id,
        actor_kind: "user".to_owned(),
        scopes: place.role.scopes().iter().map(ToString::to_string).collect(),
        origins: Vec::new(),
        publishable: false,
        test: false,
    }
}
