//! Giving and rewrapping keys.

use std::collections::{HashMap, HashSet};

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use contracts::keyring::{KeyAnswer, KeyRef, Purpose};
use kit::db::Conn;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{domain, store};
use crate::{app::App, error::Error, wrap::Holder};

/// Keys rewrapped in one transaction.
const REWRAP_BATCH: i64 = 500;

/// The answers to a batch; a missing key of a living person is made when `mint` and the purpose say so. People made in this
/// transaction are `fresh`: there is no key of theirs to look for.
pub(crate) async fn answers(
    app: &App,
    conn: &mut Conn,
    refs: &[(KeyRef, bool)],
    purpose: Purpose,
    fresh: &HashSet<Uuid>,
) -> Result<HashMap<KeyRef, KeyAnswer>, Error> {
    if refs.is_empty() {
        return Ok(HashMap::new());
    }
    let people: HashSet<Uuid> = refs.iter().map(|(key, _)| key.subject_id).collect();
    let people = people.difference(fresh).copied();
    let mut rows = store::of_subjects(conn, people).await?;
    let new = missing(app, refs, purpose, &rows)?;
    if !new.is_empty() {
        // Keys are made only for people who are known to this tenant and not erased; others' may be made meanwhile.
        let people: HashSet<Uuid> = new.iter().map(|key| key.subject_id).collect();
        let wanted = new.len();
        let made = store::insert(conn, new).await?;
        if made.len() < wanted {
            rows.extend(store::of_subjects(conn, people).await?);
        }
        rows.extend(made);
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

/// The keys asked for that are not there and may be made.
fn missing(
    app: &App,
    refs: &[(KeyRef, bool)],
    purpose: Purpose,
    rows: &[store::Key],
) -> Result<Vec<store::NewKey>, Error> {
    if !domain::makes_keys(purpose) {
        return Ok(Vec::new());
    }
    let have: HashSet<(Uuid, &str)> =
        rows.iter().map(|row| (row.subject_id, row.compartment.as_str())).collect();
    let wanted: HashSet<KeyRef> = refs
        .iter()
        .filter(|(key, mint)| {
            *mint && !have.contains(&(key.subject_id, domain::name(key.compartment)))
        })
        .map(|(key, _)| *key)
        .collect();
    wanted.into_iter().map(|key| new_key(app, key)).collect()
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
