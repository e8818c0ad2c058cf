//! Giving and rewrapping keys.

use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::keyring::{KeyAnswer, KeyRef, Purpose};
use kit::db::Conn;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{domain, store};
use crate::{app::App, error::Error, subjects, wrap::Holder};

/// Keys rewrapped in one transaction.
const REWRAP_BATCH: i64 = 500;

/// The answers to a batch; a missing key of a living person is made when `mint` and the purpose say so.
pub async fn answers(
    app: &App,
    conn: &mut Conn,
    refs: &[(KeyRef, bool)],
    purpose: Purpose,
) -> Result<HashMap<KeyRef, KeyAnswer>, Error> {
    if refs.is_empty() {
        return Ok(HashMap::new());
    }
    let people: HashSet<Uuid> = refs.iter().map(|(key, _)| key.subject_id).collect();
    let people: Vec<Uuid> = people.into_iter().collect();
    let mut rows = store::of_subjects(conn, &people).await?;
    let have: HashSet<(Uuid, &str)> =
        rows.iter().map(|row| (row.subject_id, row.compartment.as_str())).collect();
    let missing = refs.iter().filter(|(key, mint)| {
        *mint
            && subjects::ops::makes_keys(purpose)
            && !have.contains(&(key.subject_id, domain::name(key.compartment)))
    });
    let new: Vec<store::NewKey> =
        missing.map(|(key, _)| new_key(app, *key)).collect::<Result<_, Error>>()?;
    if !new.is_empty() {
        // Keys are made only for people who are known to this tenant and not erased; others' are made meanwhile.
        store::insert(conn, new).await?;
        rows = store::of_subjects(conn, &people).await?;
    }
    let rows: HashMap<(Uuid, &str), &store::Key> =
        rows.iter().map(|row| ((row.subject_id, row.compartment.as_str()), row)).collect();
    refs.iter()
        .map(|(key, _)| {
            let row = rows.get(&(key.subject_id, domain::name(key.compartment)));
            Ok((*key, answer(app, *key, row.copied(), purpose)?))
        })
        .collect()
}

fn answer(
    app: &App,
    key: KeyRef,
    row: Option<&store::Key>,
    purpose: Purpose,
) -> Result<KeyAnswer, Error> {
    let Some(row) = row.filter(|row| row.tenant_id == key.tenant_id) else {
        return Ok(KeyAnswer::Missing);
    };
    let Some(wrapped) = &row.wrapped else { return Ok(KeyAnswer::Destroyed) };
    if purpose == Purpose::Probe {
        // A probe learns that the key lives; it is not given the key.
        return Ok(KeyAnswer::Refused);
    }
    let holder = Holder::Data(key.subject_id, domain::name(key.compartment));
    let bytes = app.wrapper.unwrap_key(holder, row.kek_version, wrapped)?;
    Ok(KeyAnswer::Active { key: B64.encode(&*bytes) })
}

fn new_key(app: &App, key: KeyRef) -> Result<store::NewKey, Error> {
    let compartment = domain::name(key.compartment);
    let bytes = Zeroizing::new(app.ids.bytes::<32>());
    Ok(store::NewKey {
        subject_id: key.subject_id,
        compartment,
        tenant_id: key.tenant_id,
        kek_version: app.wrapper.current(),
        wrapped: app.wrapper.wrap(Holder::Data(key.subject_id, compartment), bytes.as_ref())?,
        created_at: app.clock.now(),
    })
}

/// Moves some living keys to the current key-encryption key, so that older ones can be destroyed; gives how many.
pub async fn rewrap(app: &App, conn: &mut Conn) -> Result<usize, Error> {
    let current = app.wrapper.current();
    let old = store::lock_older(conn, current, REWRAP_BATCH).await?;
    for row in &old {
        let holder = Holder::Data(row.subject_id, &row.compartment);
        let Some(wrapped) = &row.wrapped else { continue };
        let bytes = app.wrapper.unwrap_key(holder, row.kek_version, wrapped)?;
        let wrapped = app.wrapper.wrap(holder, &bytes)?;
        store::set_wrapped(conn, row, current, wrapped).await?;
    }
    Ok(old.len())
}
