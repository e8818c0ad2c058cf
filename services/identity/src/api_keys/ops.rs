//! Commands on API keys.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use contracts::identity::Principal;
use kit::db::Conn;
use uuid::Uuid;

use super::{
    domain::{self, ApiKey, KeyKind, NewKey},
    store,
};
use crate::{
    audit::{
        self,
        domain::{Action, Author},
    },
    error::Error,
    tenants,
};

/// Creates a key and returns its text, which is stored nowhere.
pub(crate) async fn create(
    conn: &mut Conn,
    author: &Author,
    new: NewKey,
) -> Result<(ApiKey, String), Error> {
    let tenant_id = author.tenant_id;
    if tenants::store::by_id(conn, tenant_id).await?.is_none() {
        return Err(Error::NoSuchTenant);
    }
    let text = domain::text(new.kind, new.test, &author.ids.bytes());
    let hash = domain::hash(&text).context("a new key has a wrong checksum")?;
    let key = ApiKey {
        id: author.ids.next(),
        tenant_id,
        kind: new.kind,
        test: new.test,
        name: new.name,
        scopes: new.scopes,
        origins: new.origins,
        created_at: author.now,
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    store::insert(conn, &key, &hash).await?;
    audit::store::insert(conn, author.entry(Action::ApiKeyCreated, key.id)).await?;
    Ok((key, text))
}

/// Revokes a key; the gateway stops accepting it within 60 s.
pub(super) async fn revoke(conn: &mut Conn, author: &Author, id: Uuid) -> Result<(), Error> {
    if store::revoke(conn, author.tenant_id, id, author.now).await? == 0 {
        return Err(Error::NoSuchKey);
    }
    Ok(audit::store::insert(conn, author.entry(Action::ApiKeyRevoked, id)).await?)
}

/// Who holds a key.
pub(super) async fn verify(
    conn: &mut Conn,
    text: &str,
    now: DateTime<Utc>,
) -> Result<Principal, Error> {
    let hash = domain::hash(text).ok_or(Error::NoSuchCredential)?;
    let key = store::by_hash(conn, &hash).await?.filter(|key| key.is_alive(now));
    let key = key.ok_or(Error::NoSuchCredential)?;
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
