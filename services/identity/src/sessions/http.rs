//! `/internal/v1/sessions`: the gateway signs people in, keeps them signed in, signs them out.

use actix_web::{HttpResponse, Responder, web};
use contracts::{
    identity::{Alive, PLATFORM_TENANT, Refresh, Revoke, SessionGrant, SignIn},
    keyring::Purpose,
};
use kit::{
    http::{
        extract::Json,
        problem::{FieldError, Problem},
    },
    keyring::Keys,
    secret::Secret,
};
use uuid::Uuid;

use super::{
    domain::{Door, NoPlace, asked, choose, token_hash},
    ops::{self, Refreshed},
    store,
};
use crate::{
    app::App,
    error::Error,
    sign_ins::domain::{Attempt, Outcome},
    users::{self, domain::Place, profiles},
};

/// A user found under the address.
struct Known {
    id: Uuid,
    keys: Keys,
    doors: Vec<Door>,
}

pub(crate) async fn create(
    app: web::Data<App>,
    body: Json<SignIn>,
) -> Result<impl Responder, Problem> {
    let ask = body.value;
    let known = find(&app, &ask.email).await?;
    let doors = known.as_ref().map(|known| asked(&known.doors, ask.tenant_slug.as_deref()));
    let doors = doors.unwrap_or_default();
    let right = opened(&app, &doors, &ask.password).await?;
    let Some(known) = &known else {
        return Err(refuse(&app, None, Error::BadCredentials).await);
    };
    let (outcome, fault) = match choose(doors.len(), &right) {
        Ok(place) => return Ok(granted(&start(&app, known, place, &ask).await?)),
        Err(NoPlace::WrongPassword) => (Outcome::WrongPassword, Error::BadCredentials),
        Err(NoPlace::NotAMember) => (Outcome::NoMembership, Error::BadCredentials),
        Err(NoPlace::Several) => (Outcome::TenantNeeded, tenant_needed()),
    };
    let tenant_id = if let [only] = doors[..] { only.place.tenant_id } else { PLATFORM_TENANT };
    let attempt = attempt(&app, known, tenant_id, outcome, &ask)?;
    Err(refuse(&app, Some(attempt), fault).await)
}

/// Where the password is right. Where there is nothing to try, it takes as long as one that is wrong.
async fn opened<'a>(
    app: &App,
    doors: &[&'a Door],
    password: &str,
) -> Result<Vec<&'a Place>, Error> {
    if doors.is_empty() {
        app.hasher.verify(Secret::new(password), None).await?;
    }
    let mut right = Vec::new();
    for door in doors {
        if app.hasher.verify(Secret::new(password), door.hash.clone()).await? {
            right.push(&door.place);
        }
    }
    Ok(right)
}

pub(crate) async fn refresh(
    app: web::Data<App>,
    body: Json<Refresh>,
) -> Result<impl Responder, Problem> {
    let hash = token_hash(&body.value.refresh_token);
    let found = app
        .db
        .tx("identity.sessions.find", PLATFORM_TENANT, async |conn| {
            store::by_token(conn, &hash).await
        })
        .await?;
    let (session_id, user_id, used_up) = found.ok_or(Error::SessionEnded)?;
    let mut reuse = ops::attempt(&app, PLATFORM_TENANT, user_id, Outcome::TokenReused);
    // The family must die even while the keyring is away; then the address is not kept.
    if used_up && let Ok(keys) = profiles::keys(&app, user_id).await {
        reuse.ip = profiles::seal_ip(&keys, reuse.id, body.value.ip)?;
    }
    let refreshed = app
        .db
        .tx("identity.sessions.refresh", PLATFORM_TENANT, async |conn| -> Result<_, Error> {
            ops::refresh(&app, conn, &hash, session_id, reuse).await
        })
        .await?;
    match refreshed {
        Refreshed::Granted(grant) => Ok(granted(&grant)),
        Refreshed::Ended => Err(Error::SessionEnded.into()),
    }
}

pub(crate) async fn alive(
    app: web::Data<App>,
    body: Json<Alive>,
) -> Result<impl Responder, Problem> {
    let id = body.value.session_id;
    let principal = app
        .db
        .tx("identity.sessions.alive", PLATFORM_TENANT, async |conn| {
            ops::alive(&app, conn, id).await
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(principal))
}

pub(crate) async fn revoke(
    app: web::Data<App>,
    body: Json<Revoke>,
) -> Result<impl Responder, Problem> {
    let hash = token_hash(&body.value.refresh_token);
    app.db
        .tx("identity.sessions.revoke", PLATFORM_TENANT, async |conn| -> Result<_, Error> {
            ops::revoke(&app, conn, &hash).await
        })
        .await?;
    Ok(HttpResponse::NoContent())
}

/// The user of an address. An unknown address takes the same ways, as far as they lead.
async fn find(app: &App, email: &str) -> Result<Option<Known>, Error> {
    let id = app.keyring.find(Purpose::SignIn, PLATFORM_TENANT, email).await?;
    let keys = match id {
        Some(id) => Some(profiles::keys(app, id).await?),
        None => None,
    };
    let id = id.unwrap_or_default();
    let found = app
        .db
        .tx("identity.users.sign_in", PLATFORM_TENANT, async |conn| {
            users::store::doors(conn, id).await
        })
        .await?;
    let Some(keys) = keys.filter(|_keys| !found.is_empty()) else { return Ok(None) };
    let door = |(place, user)| Ok(Door { place, hash: profiles::open_hash(&keys, &user)? });
    let doors = found.into_iter().map(door).collect::<Result<_, Error>>()?;
    Ok(Some(Known { id, keys, doors }))
}

async fn start(
    app: &App,
    known: &Known,
    place: &Place,
    ask: &SignIn,
) -> Result<SessionGrant, Error> {
    let attempt = attempt(app, known, place.tenant_id, Outcome::SignedIn, ask)?;
    app.db
        .tx("identity.sessions.start", PLATFORM_TENANT, async |conn| {
            ops::start(app, conn, place, &attempt).await
        })
        .await
}

fn attempt(
    app: &App,
    known: &Known,
    tenant_id: Uuid,
    outcome: Outcome,
    ask: &SignIn,
) -> Result<Attempt, Error> {
    let mut attempt = ops::attempt(app, tenant_id, known.id, outcome);
    attempt.ip = profiles::seal_ip(&known.keys, attempt.id, ask.ip)?;
    Ok(attempt)
}

/// Records the attempt and gives the fault to answer with.
async fn refuse(app: &App, attempt: Option<Attempt>, fault: Error) -> Problem {
    let recorded = app
        .db
        .tx("identity.sessions.refuse", PLATFORM_TENANT, async |conn| {
            ops::refuse(app, conn, attempt.as_ref()).await
        })
        .await;
    recorded.err().unwrap_or(fault).into()
}

fn tenant_needed() -> Error {
    Error::Invalid(vec![FieldError::new(
        "/tenant_slug",
        "required",
        "you belong to several organisations: say which",
    )])
}

fn granted(grant: &SessionGrant) -> HttpResponse {
    HttpResponse::Ok().insert_header(("cache-control", "no-store")).json(grant)
}
