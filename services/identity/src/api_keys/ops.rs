//! Commands on API keys.

use contracts::identity::Principal;
use kit::db::Conn;
use uuid::Uuid;

use super::{
    domain::{self, ApiKey, KeyKind, NewKey},
    store,
};
use crate::{
    app::App,
    audit::{
        self,
        domain::{Action, Actor, Entry},
    },
    error::Error,
    tenants,
};

/// Makes a key and gives its text, which is nowhere afterwards.
pub(crate) async fn create(
    app: &App,
    conn: &mut Conn,
    actor: Actor,
    tenant_id: Uuid,
    new: NewKey,
) -> Result<(ApiKey, String), Error> {
    if tenants::store::by_id(conn, tenant_id).await?.is_none() {
        return Err(Error::NotFound("tenant"));
    }
    let text = domain::text(new.kind, new.test, &app.kit.ids.bytes());
    let hash = domain::hash(&text).ok_or_else(|| anyhow::anyhow!("a new key is no key"))?;
    let key = ApiKey {
        id: app.kit.ids.next(),
        tenant_id,
        kind: new.kind,
        test: new.test,
        name: new.name,
        scopes: new.scopes,
        origins: new.origins,
        created_at: app.kit.clock.now(),
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    store::insert(conn, &key, &hash).await?;
    note(app, conn, actor, Action::ApiKeyCreated, tenant_id, key.id).await?;
    Ok((key, text))
}

/// Revokes a key; the gateway's copy dies within 60 s.
pub(crate) async fn revoke(
    app: &App,
    conn: &mut Conn,
    actor: Actor,
    tenant_id: Uuid,
    id: Uuid,
) -> Result<(), Error> {
    if store::revoke(conn, tenant_id, id, app.kit.clock.now()).await? == 0 {
        return Err(Error::NotFound("API key"));
    }
    note(app, conn, actor, Action::ApiKeyRevoked, tenant_id, id).await
}

/// Who holds a key.
pub(crate) async fn verify(app: &App, conn: &mut Conn, text: &str) -> Result<Principal, Error> {
    let now = app.kit.clock.now();
    let unknown = || Error::NotFound("credential");
    let hash = domain::hash(text).ok_or_else(unknown)?;
    let key =
        store::by_hash(conn, &hash).await?.filter(|key| key.lives(now)).ok_or_else(unknown)?;
    if key.should_note_use(now) {
        store::note_use(conn, key.id, now).await?;
    }
    Ok(Principal {
        tenant_id: key.tenant_id,
        actor_id: key.id,
        actor_kind: "api_key".to_owned(),
        scopes: key.scopes,
        origins: key.origins,
        publishable: key.kind == KeyKind::Publishable,
        test: key.test,
    })
}

async fn note(
    app: &App,
    conn: &mut Conn,
    actor: Actor,
    action: Action,
    tenant_id: Uuid,
    object_id: Uuid,
) -> Result<(), Error> {
    let (id, at) = (app.kit.ids.next(), app.kit.clock.now());
    let entry = Entry { id, tenant_id, actor, action, object_id, at };
    Ok(audit::store::insert(conn, &entry).await?)
}
