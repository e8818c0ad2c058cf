//! `/v1/users`: the members of the caller's organisation.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use chrono::{DateTime, Utc};
use contracts::values::{InvalidValue, email::EmailAddress};
use kit::{
    http::{
        extract::{Caller, Json},
        fields::Fields,
        idempotency::{KeyedReply, Once},
        page::{Page, PageRequest},
        problem::Problem,
        reply::Reply,
    },
    secret::Secret,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    domain::{Membership, Profile, Role},
    ops, password, store, workflow,
};
use crate::{app::App, audit::domain::Author, error::Error, values};

#[derive(Serialize)]
pub(crate) struct UserView {
    id: Uuid,
    /// Null, like the name, once the person is erased.
    email: Option<String>,
    name: Option<String>,
    role: Role,
    member_since: DateTime<Utc>,
}

/// Body of POST.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserRequest {
    email: Option<String>,
    name: Option<String>,
    password: Option<String>,
    role: Option<String>,
}

struct NewUser {
    profile: Profile,
    password: Secret,
    role: Role,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller,
    page: PageRequest,
) -> Result<Reply<Page<UserView>>, Problem> {
    let tenant_id = caller.tenant_id;
    let members = app
        .db
        .tx("users.list", tenant_id, async |conn| store::page(conn, tenant_id, page).await)
        .await?;
    let users = members.iter().map(|member| member.user_id).collect();
    let mut profiles = workflow::profiles(&app, tenant_id, users).await?;
    let page = page.page(members, |member| member.user_id);
    Ok(Reply::ok(page.map(|member| view(member, profiles.remove(&member.user_id)))).no_store())
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller,
    once: Once,
    body: Json<UserRequest>,
) -> Result<KeyedReply, Problem> {
    let author = Author::from_caller(&app.kit, &caller)?;
    let NewUser { profile, password, role } = body.value.parse()?;
    check_holds(&caller, role)?;
    let user = workflow::seal(&app, &author, &profile, password).await?;
    once.tx("users.create", async |conn| -> Result<_, Error> {
        let membership = ops::create(conn, &author, &user, role).await?;
        Ok(Reply::created(view(membership, Some(profile))).no_store())
    })
    .await
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let author = Author::from_caller(&app.kit, &caller)?;
    app.db
        .tx("users.delete", caller.tenant_id, async |conn| -> Result<_, Error> {
            // Who may not add such a member may not remove one.
            if let Some(role) = store::role(conn, caller.tenant_id, *id).await? {
                check_holds(&caller, role)?;
            }
            ops::delete(conn, &author, *id).await
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Nobody gives a role that allows more than they hold.
fn check_holds(caller: &Caller, role: Role) -> Result<(), Error> {
    let missing = role.scopes().into_iter().find(|scope| !caller.has(scope));
    missing.map_or(Ok(()), |scope| Err(Error::NotHeld(scope)))
}

fn view(member: Membership, profile: Option<Profile>) -> UserView {
    let (email, name) = profile.map(|profile| (profile.email, profile.name)).unzip();
    UserView { id: member.user_id, email, name, role: member.role, member_since: member.created_at }
}

impl UserRequest {
    fn parse(&self) -> Result<NewUser, Problem> {
        let mut fields = Fields::default();
        let user = self.read(&mut fields);
        fields.finish(user)
    }

    fn read(&self, fields: &mut Fields) -> Option<NewUser> {
        let (email, name) = (self.email.as_deref(), self.name.as_deref());
        let hints = [email.unwrap_or_default(), name.unwrap_or_default()];
        let email = fields.required("/email", email, EmailAddress::accepted);
        let name = fields.required("/name", name, values::name);
        let role = fields.required("/role", self.role.as_deref(), parse_role);
        let password =
            fields.required("/password", self.password.as_deref(), |t| password::parse(t, &hints));
        let profile = Profile { email: email?, name: name? };
        Some(NewUser { profile, password: password?, role: role? })
    }
}

/// An unknown role has had the code `malformed` from the beginning.
fn parse_role(text: &str) -> Result<Role, InvalidValue> {
    Role::from_field(text).map_err(|unknown| InvalidValue { code: "malformed", ..unknown })
}
