//! What an operator does on the machine itself, through `folkmoot tenant create` and its like.

use anyhow::Context as _;
use kit::{http::problem::FieldError, secret::Secret};
use uuid::Uuid;

use crate::{
    api_keys::{
        self,
        domain::{KeyKind, NewKey},
    },
    app::App,
    audit::domain::Actor,
    error::Error,
    tenants::{self, domain::Tenant},
    users::{self, password, profiles::Profile},
};

/// What [`create_tenant`] gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedTenant {
    /// The organisation.
    pub tenant_id: Uuid,
    /// Its first owner.
    pub user_id: Uuid,
}

/// Makes an organisation with its first owner and tells the others of it. Run again with the same short name, it changes
/// nothing and gives what is there. The password is good for this organisation alone, whatever others the owner belongs to.
pub async fn create_tenant(
    app: &App,
    slug: &str,
    name: &str,
    owner_email: &str,
    owner_name: &str,
    owner_password: &str,
) -> anyhow::Result<CreatedTenant> {
    let tenant = Tenant {
        id: app.kit.ids.next(),
        slug: tenants::domain::slug(slug).map_err(|says| fault("slug", says))?,
        name: tenants::domain::name(name).map_err(|says| fault("name", says))?,
        status: "active".to_owned(),
        created_at: app.kit.clock.now(),
    };
    let profile = Profile {
        email: users::domain::email(owner_email).map_err(|says| fault("owner e-mail", says))?,
        name: users::domain::name(owner_name).map_err(|says| fault("owner name", says))?,
    };
    password::check(owner_password, &[owner_email, owner_name, slug])
        .map_err(|refusal| fault("owner password", refusal.detail()))?;
    let owner = users::http::prepare(app, tenant.id, &profile, Secret::new(owner_password)).await?;
    let created = app
        .db
        .system_tx("identity.tenants.create", async |conn| -> Result<_, Error> {
            tenants::ops::create(app, conn, tenant, &owner).await
        })
        .await?;
    app.kit.wake.wake();
    Ok(CreatedTenant { tenant_id: created.tenant_id, user_id: created.user_id })
}

/// Makes an API key and gives its text, which cannot be had again.
pub async fn create_api_key(
    app: &App,
    tenant_id: Uuid,
    kind: KeyKind,
    test: bool,
    origins: Vec<String>,
    scopes: Vec<String>,
    name: &str,
) -> anyhow::Result<String> {
    let new = NewKey { kind, test, name: name.to_owned(), scopes, origins, expires_at: None };
    let new = api_keys::domain::check(new, app.kit.clock.now()).map_err(api_keys::http::invalid)?;
    let (_, shown_once) = app
        .db
        .tx("identity.api_keys.create", tenant_id, async |conn| -> Result<_, Error> {
            api_keys::ops::create(app, conn, Actor::operator(), tenant_id, new).await
        })
        .await
        .context("failed to make the key")?;
    Ok(shown_once)
}

fn fault(what: &'static str, says: &'static str) -> Error {
    Error::Invalid(vec![FieldError::new(what, "malformed", says)])
}
