//! What an operator does on the machine itself, through `folkmoot tenant create` and its like.

use anyhow::{Context as _, anyhow};
use contracts::values::{InvalidValue, email::EmailAddress};
use kit::http::problem::FieldError;
use uuid::Uuid;

use crate::{
    api_keys::{self, domain::KeyKind, request::KeyRequest},
    app::App,
    audit::domain::Author,
    tenants::{
        self,
        domain::{Status, Tenant},
    },
    users::{self, domain::Profile, password},
    values,
};

/// What [`create_tenant`] created or found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreatedTenant {
    /// The organisation.
    pub tenant_id: Uuid,
    /// Its first owner.
    pub user_id: Uuid,
}

/// Creates an organisation with its first owner and announces it. Run again with the same short name, it changes nothing
/// and returns what is there. The password is good for this organisation alone, whatever others the owner belongs to.
pub async fn create_tenant(
    app: &App,
    slug: &str,
    name: &str,
    owner_email: &str,
    owner_name: &str,
    owner_password: &str,
) -> anyhow::Result<CreatedTenant> {
    let hints = [owner_email, owner_name, slug];
    let slug = valid("short name", tenants::domain::slug(slug))?;
    let name = valid("name", values::name(name))?;
    let profile = Profile {
        email: valid("owner's address", EmailAddress::accepted(owner_email))?,
        name: valid("owner's name", values::name(owner_name))?,
    };
    let password = valid("owner's password", password::parse(owner_password, &hints))?;
    let author = Author::operator(&app.kit, app.kit.ids.next());
    let status = Status::Active.as_str().to_owned();
    let tenant = Tenant { id: author.tenant_id, slug, name, status, created_at: author.now };
    let owner = users::workflow::seal(app, &author, &profile, password).await?;
    let (tenant_id, user_id) = app
        .db
        .system_tx("tenants.create", async |conn| {
            tenants::ops::create(conn, &author, tenant, &owner).await
        })
        .await?;
    app.kit.relay.wake();
    Ok(CreatedTenant { tenant_id, user_id })
}

/// Creates an API key and returns its text, which cannot be had again.
pub async fn create_api_key(
    app: &App,
    tenant_id: Uuid,
    kind: KeyKind,
    test: bool,
    origins: Vec<String>,
    scopes: Vec<String>,
    name: &str,
) -> anyhow::Result<String> {
    let author = Author::operator(&app.kit, tenant_id);
    let new = KeyRequest {
        kind: Some(kind.as_str().to_owned()),
        test,
        name: Some(name.to_owned()),
        scopes: Some(scopes),
        origins,
        expires_at: None,
    };
    let new = new.parse(author.now);
    let new = new.map_err(|problem| {
        let says = |error: &FieldError| {
            format!("{} {}", error.pointer.trim_start_matches('/'), error.detail)
        };
        let errors: Vec<String> = problem.errors().iter().map(says).collect();
        anyhow!("the key is invalid: {}", errors.join("; "))
    })?;
    let (_, key) = app
        .db
        .tx("api_keys.create", tenant_id, async |conn| {
            api_keys::ops::create(conn, &author, new).await
        })
        .await
        .context("failed to create the key")?;
    Ok(key)
}

fn valid<T>(what: &str, parsed: Result<T, InvalidValue>) -> anyhow::Result<T> {
    parsed.map_err(|invalid| anyhow!("the {what} {}", invalid.detail))
}
