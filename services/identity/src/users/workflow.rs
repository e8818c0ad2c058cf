//! Users between the password hasher, the keyring and the table.

use std::collections::HashMap;

use contracts::{
    identity::PLATFORM_TENANT,
    keyring::{Compartment, KeyRef, Purpose},
};
use futures_util::future::try_join_all;
use kit::{
    http::problem::{FieldError, Problem},
    keyring::Keys,
    secret::Secret,
};
use uuid::Uuid;

use super::{
    domain::{COMPARTMENTS, Profile, User, place},
    store,
};
use crate::{app::App, audit::domain::Author, error::Error};

pub(crate) mod hasher;

/// A new user of the author's organisation, hashed and sealed.
pub(crate) async fn seal(
    app: &App,
    author: &Author,
    profile: &Profile,
    password: Secret,
) -> Result<User, Error> {
    let hash = app.hasher.hash(password).await?;
    let person =
        app.keyring.resolve(Purpose::Record, PLATFORM_TENANT, &profile.email, COMPARTMENTS).await?;
    let person = person.ok_or_else(|| {
        Problem::invalid(vec![FieldError::new("/email", "malformed", "is not an email address")])
    })?;
    let (id, key) = (author.ids.next(), person.keys.sealing_key(Compartment::Staff)?);
    Ok(User {
        id,
        tenant_id: author.tenant_id,
        subject_id: person.subject_id,
        email: key.seal(place("email", id), profile.email.as_str())?,
        name: key.seal(place("name", id), profile.name.as_str())?,
        password_hash: key.seal(place("password_hash", id), hash.as_str())?,
        created_at: author.now,
    })
}

/// A user's keys for signing in and for being shown to colleagues.
pub(crate) async fn keys(
    app: &App,
    subject_id: Uuid,
    compartments: &[Compartment],
) -> Result<Keys, Error> {
    let key = |&compartment| KeyRef { tenant_id: PLATFORM_TENANT, subject_id, compartment };
    let keys: Vec<KeyRef> = compartments.iter().map(key).collect();
    Ok(app.keyring.keys(Purpose::SignIn, &keys).await?)
}

/// Users as an organisation knows them, by subject; the erased are left out.
pub(crate) async fn profiles(
    app: &App,
    tenant_id: Uuid,
    mut subjects: Vec<Uuid>,
) -> Result<HashMap<Uuid, Profile>, Error> {
    subjects.sort_unstable();
    subjects.dedup();
    let users = app
        .db
        .tx("users.list_profiles", tenant_id, async |conn| {
            store::by_subjects(conn, tenant_id, &subjects).await
        })
        .await?;
    let profiles = try_join_all(users.iter().map(|user| profile(app, user))).await?;
    Ok(profiles.into_iter().flatten().collect())
}

async fn profile(app: &App, user: &User) -> Result<Option<(Uuid, Profile)>, Error> {
    let keys = keys(app, user.subject_id, &[Compartment::Staff]).await?;
    Ok(user.profile(&keys)?.map(|profile| (user.subject_id, profile)))
}
