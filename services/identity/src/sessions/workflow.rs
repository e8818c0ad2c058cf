//! Signing in and refreshing: the keyring and the password hasher, and the transactions between.

use contracts::{
    identity::{PLATFORM_TENANT, Refresh, SessionGrant, SignIn},
    keyring::Purpose,
};
use kit::{
    http::problem::{FieldError, Problem},
    keyring::Keys,
    secret::Secret,
};
use uuid::Uuid;

use super::{
    domain::{Credential, NoTenancy, candidates, select, token_hash},
    ops, store,
};
use crate::{
    app::App,
    error::Error,
    sign_ins::domain::{Attempt, Outcome},
    users::{
        self,
        domain::{COMPARTMENTS, Tenancy},
    },
};

/// The user of an address.
struct KnownUser {
    id: Uuid,
    keys: Keys,
    credentials: Vec<Credential>,
}

pub(super) async fn sign_in(app: &App, request: &SignIn) -> Result<SessionGrant, Error> {
    let user = find(app, &request.email).await?;
    let credentials = user.as_ref().map(|user| &*user.credentials).unwrap_or_default();
    let candidates = candidates(credentials, request.tenant_slug.as_deref());
    let matching = matching(app, &candidates, &request.password).await?;
    let Some(user) = &user else { return Err(refuse(app, None, Error::BadCredentials).await) };
    let new_attempt = |tenant_id, outcome| {
        attempt(app, tenant_id, user.id, outcome).with_ip(&user.keys, request.ip)
    };
    let (outcome, error) = match select(&candidates, &matching) {
        Ok(tenancy) => {
            let attempt = new_attempt(tenancy.tenant_id, Outcome::SignedIn)?;
            return start(app, tenancy, attempt).await;
        }
        Err(NoTenancy::WrongPassword) => (Outcome::WrongPassword, Error::BadCredentials),
        Err(NoTenancy::NotAMember) => (Outcome::NoMembership, Error::BadCredentials),
        Err(NoTenancy::Ambiguous) => (Outcome::TenantNeeded, tenant_needed()),
    };
    let only = if let [only] = candidates[..] { Some(only.tenancy.tenant_id) } else { None };
    let attempt = new_attempt(only.unwrap_or(PLATFORM_TENANT), outcome)?;
    Err(refuse(app, Some(attempt), error).await)
}

pub(super) async fn refresh(app: &App, request: &Refresh) -> Result<SessionGrant, Error> {
    let hash = token_hash(&request.refresh_token);
    let token = app
        .db
        .tx("sessions.find", PLATFORM_TENANT, async |conn| store::token(conn, &hash).await)
        .await?
        .ok_or(Error::SessionEnded)?;
    let mut reuse = attempt(app, PLATFORM_TENANT, token.user_id, Outcome::TokenReused);
    // The family must end even while the keyring is unavailable; then the address is not kept.
    if token.rotated_at.is_some()
        && let Ok(keys) = users::workflow::keys(app, token.user_id, COMPARTMENTS).await
    {
        reuse = reuse.with_ip(&keys, request.ip)?;
    }
    let (ids, now) = (app.kit.ids, app.kit.clock.now());
    let grant = app
        .db
        .tx("sessions.refresh", PLATFORM_TENANT, async |conn| {
            ops::refresh(conn, ids, now, &hash, token.session_id, reuse).await
        })
        .await?;
    grant.ok_or(Error::SessionEnded)
}

/// The user of an address. For an unknown address the same steps are taken, as far as they lead.
async fn find(app: &App, email: &str) -> Result<Option<KnownUser>, Error> {
    let id = app.keyring.find(Purpose::SignIn, PLATFORM_TENANT, email).await?;
    let keys = match id {
        Some(id) => Some(users::workflow::keys(app, id, COMPARTMENTS).await?),
        None => None,
    };
    let id = id.unwrap_or_default();
    let credentials = app
        .db
        .tx("users.find", PLATFORM_TENANT, async |conn| users::store::credentials(conn, id).await)
        .await?;
    let Some(keys) = keys.filter(|_| !credentials.is_empty()) else { return Ok(None) };
    let credentials = credentials
        .into_iter()
        .map(|(tenancy, user)| Ok(Credential { tenancy, hash: user.password_hash(&keys)? }))
        .collect::<Result<_, Error>>()?;
    Ok(Some(KnownUser { id, keys, credentials }))
}

/// Where the password is right. Without a candidate it takes as long as a wrong password.
async fn matching<'a>(
    app: &App,
    candidates: &[&'a Credential],
    password: &str,
) -> Result<Vec<&'a Tenancy>, Error> {
    if candidates.is_empty() {
        app.hasher.verify(Secret::new(password), None).await?;
    }
    let mut matching = Vec::new();
    for candidate in candidates {
        if app.hasher.verify(Secret::new(password), candidate.hash.clone()).await? {
            matching.push(&candidate.tenancy);
        }
    }
    Ok(matching)
}

async fn start(app: &App, tenancy: &Tenancy, attempt: Attempt) -> Result<SessionGrant, Error> {
    let ids = app.kit.ids;
    app.db
        .tx("sessions.start", PLATFORM_TENANT, async |conn| {
            ops::start(conn, ids, tenancy, attempt).await
        })
        .await
}

/// Records the attempt and returns the error to answer with.
async fn refuse(app: &App, attempt: Option<Attempt>, error: Error) -> Error {
    let today = app.kit.clock.now().date_naive();
    let recorded = app
        .db
        .tx("sessions.refuse", PLATFORM_TENANT, async |conn| {
            ops::refuse(conn, attempt, today).await
        })
        .await;
    recorded.err().unwrap_or(error)
}

fn attempt(app: &App, tenant_id: Uuid, user_id: Uuid, outcome: Outcome) -> Attempt {
    let (id, at) = (app.kit.ids.next(), app.kit.clock.now());
    let outcome = outcome.as_str().to_owned();
    Attempt { id, tenant_id, user_id, outcome, ip: None, at }
}

fn tenant_needed() -> Error {
    let detail = "is required, since you belong to several organisations";
    Problem::invalid(vec![FieldError::new("/tenant_slug", "required", detail)]).into()
}
