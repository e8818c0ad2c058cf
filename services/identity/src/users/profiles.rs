//! Sealing a user for the table, and opening users for those who may see them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::{
    Sealed,
    identity::PLATFORM_TENANT,
    keyring::{Compartment, KeyRef, Purpose},
};
use futures_util::future::try_join_all;
use kit::keyring::{
    Keys,
    sealed::{Opened, Place},
};
use uuid::Uuid;

use super::{domain::StoredUser, store};
use crate::{app::App, error::Error};

/// The compartments a user's rows are sealed under.
pub(crate) const COMPARTMENTS: &[Compartment] = &[Compartment::Staff, Compartment::Network];

/// A user, opened.
#[derive(Clone)]
pub(crate) struct Profile {
    pub(crate) email: String,
    pub(crate) name: String,
}

/// Where a column of a user stands.
fn place(column: &str, row: Uuid) -> Place<'_> {
    Place::Row { table: "users", column, id: row }
}

/// Whose row it is.
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) subject_id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
}

/// Seals what an organisation knows of a user.
pub(crate) fn seal(
    keys: &Keys,
    row: Row,
    profile: &Profile,
    password_hash: &str,
) -> Result<StoredUser, Error> {
    let key = keys.sealing(Compartment::Staff)?;
    let Row { id, tenant_id, subject_id, created_at } = row;
    Ok(StoredUser {
        id,
        tenant_id,
        subject_id,
        email: key.seal(place("email", id), profile.email.as_str())?,
        name: key.seal(place("name", id), profile.name.as_str())?,
        password_hash: key.seal(place("password_hash", id), password_hash)?,
        created_at,
    })
}

/// The stored hash; `None` once the person is erased or restricted.
pub(crate) fn open_hash(keys: &Keys, user: &StoredUser) -> Result<Option<String>, Error> {
    let place = place("password_hash", user.id);
    Ok(keys.open(Compartment::Staff, place, &user.password_hash)?.value())
}

/// A user's keys for signing in and for being shown to colleagues.
pub(crate) async fn keys(app: &App, id: Uuid) -> Result<Keys, Error> {
    keys_of(app, id, COMPARTMENTS).await
}

async fn keys_of(app: &App, id: Uuid, compartments: &[Compartment]) -> Result<Keys, Error> {
    let refs: Vec<KeyRef> = compartments
        .iter()
        .map(|&compartment| KeyRef { tenant_id: PLATFORM_TENANT, subject_id: id, compartment })
        .collect();
    Ok(app.keyring.keys(Purpose::SignIn, &refs).await?)
}

/// The users behind these ids as an organisation knows them; the erased are left out.
pub(crate) async fn by_ids(
    app: &App,
    tenant_id: Uuid,
    mut ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Profile>, Error> {
    ids.sort_unstable();
    ids.dedup();
    let users = app
        .db
        .tx("identity.users.by_ids", tenant_id, async |conn| {
            store::by_ids(conn, tenant_id, &ids).await
        })
        .await?;
    let opened = users.iter().map(|user| open(app, user));
    Ok(try_join_all(opened).await?.into_iter().flatten().collect())
}

async fn open(app: &App, user: &StoredUser) -> Result<Option<(Uuid, Profile)>, Error> {
    let id = user.subject_id;
    let keys = keys_of(app, id, &[Compartment::Staff]).await?;
    let column =
        |name, sealed: &Sealed<String>| keys.open(Compartment::Staff, place(name, user.id), sealed);
    let (email, name) = (column("email", &user.email)?, column("name", &user.name)?);
    Ok(match (email, name) {
        (Opened::Value(email), Opened::Value(name)) => Some((id, Profile { email, name })),
        _ => None,
    })
}

/// Seals the address an attempt came from; none when there is no key, since an erased person leaves no trace.
pub(crate) fn seal_ip(
    keys: &Keys,
    sign_in_id: Uuid,
    ip: std::net::IpAddr,
) -> Result<Option<Sealed<String>>, Error> {
    let place = Place::Row { table: "sign_ins", column: "ip", id: sign_in_id };
    match keys.sealing(Compartment::Network) {
        Ok(key) => Ok(Some(key.seal(place, ip.to_string().as_str())?)),
        Err(_erased) => Ok(None),
    }
}

/// Opens the address of an attempt.
pub(crate) async fn open_ip(
    app: &App,
    user_id: Uuid,
    sign_in_id: Uuid,
    sealed: &Sealed<String>,
) -> Result<Option<String>, Error> {
    let keys = keys_of(app, user_id, &[Compartment::Network]).await?;
    let place = Place::Row { table: "sign_ins", column: "ip", id: sign_in_id };
    Ok(keys.open(Compartment::Network, place, sealed)?.value())
}
