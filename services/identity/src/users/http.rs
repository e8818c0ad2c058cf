//! `/v1/users`: the members of the caller's organisation.

use actix_web::{HttpResponse, Responder, web};
use chrono::{DateTime, Utc};
use contracts::{identity::PLATFORM_TENANT, keyring::Purpose};
use kit::{
    http::{
        extract::{Caller, Json},
        idempotency::{KeyedReply, Once},
        page::PageRequest,
        problem::{FieldError, Problem},
        reply::Reply,
    },
    secret::Secret,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{self, Membership, Role, StoredUser},
    ops, password,
    profiles::{self, COMPARTMENTS, Profile, Row},
    store,
};
use crate::{app::App, audit::http::actor, error::Error};

#[derive(Serialize)]
struct UserView {
    id: Uuid,
    /// Null once the person is erased.
    email: Option<String>,
    name: Option<String>,
    role: &'static str,
    member_since: DateTime<Utc>,
}

/// Body of `POST /v1/users`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddUser {
    email: String,
    name: String,
    password: String,
    role: String,
}

/// A member about to be added.
pub(crate) struct NewUser {
    pub(crate) profile: Profile,
    pub(crate) password: Secret,
    pub(crate) role: Role,
}

impl AddUser {
    fn parse(self) -> Result<NewUser, Problem> {
        let mut faults = Vec::new();
        let mut fault = |pointer, says| faults.push(FieldError::new(pointer, "malformed", says));
        let email = domain::email(&self.email).map_err(|says| fault("/email", says));
        let name = domain::name(&self.name).map_err(|says| fault("/name", says));
        let role = Role::parse(&self.role).ok_or_else(|| {
            fault("/role", "owner, admin, campaigner, analyst or data_protection_officer");
        });
        if let Err(refusal) = password::check(&self.password, &[&self.email, &self.name]) {
            faults.push(FieldError::new("/password", refusal.code(), refusal.detail()));
        }
        match (email, name, role) {
            (Ok(email), Ok(name), Ok(role)) if faults.is_empty() => {
                let profile = Profile { email, name };
                Ok(NewUser { profile, password: Secret::new(self.password), role })
            }
            _ => Err(Problem::invalid(faults)),
        }
    }
}

pub(crate) async fn list(
    app: web::Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<impl Responder, Problem> {
    let tenant_id = caller.tenant_id;
    let members = app
        .db
        .tx("identity.users.page", tenant_id, async |conn| store::page(conn, tenant_id, page).await)
        .await?;
    let ids = members.iter().map(|member| member.user_id).collect();
    let people = profiles::by_ids(&app, tenant_id, ids).await?;
    let views = members.iter().map(|member| view(member, people.get(&member.user_id))).collect();
    Ok(Reply::ok(page.page(views, |user: &UserView| user.id)).no_store())
}

pub(crate) async fn create(
    app: web::Data<App>,
    caller: Caller,
    once: Once,
    body: Json<AddUser>,
) -> Result<KeyedReply, Problem> {
    let actor = actor(&caller)?;
    let new = body.value.parse()?;
    held(&caller, &new.role.scopes())?;
    let user = prepare(&app, caller.tenant_id, &new.profile, new.password).await?;
    let membership = Membership {
        tenant_id: caller.tenant_id,
        user_id: user.subject_id,
        role: new.role,
        created_at: user.created_at,
    };
    once.tx("identity.users.add", async |conn| -> Result<_, Error> {
        let added = ops::add(&app, conn, actor, &user, membership).await?;
        Ok(Reply::created(view(&added, Some(&new.profile))).no_store())
    })
    .await
}

pub(crate) async fn delete(
    app: web::Data<App>,
    caller: Caller,
    user_id: web::Path<Uuid>,
) -> Result<impl Responder, Problem> {
    let (actor, tenant_id) = (actor(&caller)?, caller.tenant_id);
    app.db
        .tx("identity.users.remove", tenant_id, async |conn| -> Result<_, Error> {
            // Who may not make such a member may not remove one.
            if let Some(role) = store::role(conn, tenant_id, *user_id).await? {
                held(&caller, &role.scopes())?;
            }
            ops::remove(&app, conn, actor, tenant_id, *user_id).await
        })
        .await?;
    Ok(HttpResponse::NoContent())
}

/// Nobody hands out more than they hold.
pub(crate) fn held(caller: &Caller, scopes: &[&'static str]) -> Result<(), Error> {
    scopes
        .iter()
        .find(|scope| !caller.has(scope))
        .map_or(Ok(()), |scope| Err(Error::NotHeld(scope)))
}

/// The slow part: hash, subject and keys; all before any transaction.
pub(crate) async fn prepare(
    app: &App,
    tenant_id: Uuid,
    profile: &Profile,
    password: Secret,
) -> Result<StoredUser, Error> {
    let hash = app.hasher.hash(password).await?;
    let person =
        app.keyring.resolve(Purpose::Record, PLATFORM_TENANT, &profile.email, COMPARTMENTS).await?;
    let person = person.ok_or_else(|| {
        Error::Invalid(vec![FieldError::new("/email", "malformed", "is not an email address")])
    })?;
    let row = Row {
        id: app.kit.ids.next(),
        tenant_id,
        subject_id: person.subject_id,
        created_at: app.kit.clock.now(),
    };
    profiles::seal(&person.keys, row, profile, &hash)
}

fn view(member: &Membership, profile: Option<&Profile>) -> UserView {
    UserView {
        id: member.user_id,
        email: profile.map(|p| p.email.clone()),
        name: profile.map(|p| p.name.clone()),
        role: member.role.as_str(),
        member_since: member.created_at,
    }
}
