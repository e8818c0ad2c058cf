//! Giving and rewrapping keys.

use std::collections::{BTreeSet, HashMap, HashSet};

use contracts::keyring::{KeyAnswer, KeyRef, Purpose};
use kit::db::Conn;
use uuid::Uuid;

use super::{
    domain::{self, Key, Mint, WantedKey},
    store,
};
use crate::{error::Error, wrapper::Wrapper};

/// Keys rewrapped in one transaction.
const REWRAP_BATCH: i64 = 500;

/// Creates the keys of a batch that may be created and do not exist, of people whom this transaction has written. It does not
/// look first, so that its time does not reveal whom a tenant knows.
pub(crate) async fn create(
    conn: &Conn,
    mint: Mint<'_>,
    purpose: Purpose,
    wanted: &[WantedKey],
) -> Result<(), Error> {
    Ok(store::insert(conn, missing(mint, purpose, wanted, &[])?, mint.now).await?)
}

/// The answers to a batch; a missing key of a living person is created if `mint` and the purpose say so.
pub(crate) async fn answers(
    conn: &mut Conn,
    mint: Mint<'_>,
    purpose: Purpose,
    wanted: &[WantedKey],
) -> Result<HashMap<KeyRef, KeyAnswer>, Error> {
    let people: HashSet<Uuid> = wanted.iter().map(|wanted| wanted.key.subject_id).collect();
    let mut keys = store::of_subjects(conn, people).await?;
    let mut new = missing(mint, purpose, wanted, &keys)?;
    if !new.is_empty() {
        // Keys are created only for people whom this tenant knows and who are not erased; others' may be created meanwhile.
        let people: BTreeSet<(Uuid, Uuid)> =
            new.iter().map(|key| (key.tenant_id, key.subject_id)).collect();
        let living = store::lock_living(conn, people).await?;
        new.retain(|key| living.contains(&key.subject_id));
        store::insert(conn, new, mint.now).await?;
        keys.extend(store::of_subjects(conn, living).await?);
    }
    let keys: HashMap<(Uuid, &str), &Key> =
        keys.iter().map(|key| ((key.subject_id, &*key.compartment), key)).collect();
    let answer = |wanted: &WantedKey| {
        let key = keys.get(&(wanted.key.subject_id, domain::name(wanted.key.compartment)));
        let key = key.filter(|key| key.tenant_id == wanted.key.tenant_id);
        let answer = key.map_or(Ok(KeyAnswer::Missing), |key| key.answer(mint.wrapper, purpose));
        Ok((wanted.key, answer?))
    };
    wanted.iter().map(answer).collect()
}

/// New keys in place of those that are missing and may be created.
fn missing(
    mint: Mint<'_>,
    purpose: Purpose,
    wanted: &[WantedKey],
    keys: &[Key],
) -> Result<Vec<Key>, Error> {
    if !domain::creates_keys(purpose) {
        return Ok(Vec::new());
    }
    let existing: HashSet<(Uuid, &str)> =
        keys.iter().map(|key| (key.subject_id, &*key.compartment)).collect();
    let is_missing =
        |key: &KeyRef| !existing.contains(&(key.subject_id, domain::name(key.compartment)));
    let missing: HashSet<KeyRef> = wanted
        .iter()
        .filter(|wanted| wanted.mint)
        .map(|wanted| wanted.key)
        .filter(is_missing)
        .collect();
    missing.into_iter().map(|key| mint.key(key)).collect()
}

/// Moves some living keys to the current key-encryption key, so that older ones can be destroyed; returns how many.
pub(crate) async fn rewrap(conn: &mut Conn, wrapper: &Wrapper) -> Result<usize, Error> {
    let keys = store::lock_older(conn, wrapper.current(), REWRAP_BATCH).await?;
    for key in &keys {
        let Some(old) = &key.wrapped else { continue };
        store::save(conn, key, wrapper.rewrap(key.holder(), old)?).await?;
    }
    Ok(keys.len())
}
