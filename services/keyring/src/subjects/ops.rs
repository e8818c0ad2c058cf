//! Resolving and destroying. A batch is a handful of round trips, however many people are in it.

use std::collections::{HashMap, HashSet};

use contracts::{
    keyring::{
        DestroyRequest, Destroyed, KeyAnswer, KeyRef, Purpose, ResolveItem, ResolveRequest,
        Resolved,
    },
    values::email::EmailAddress,
};
use kit::db::Conn;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{domain, index::IndexKeys, store};
use crate::{app::App, error::Error, keys};

/// Rounds in which others may create the same people at the same moment.
const ROUNDS: usize = 5;

/// A batch whose addresses are hidden: what the transaction works on.
pub struct Wanted {
    purpose: Purpose,
    people: Vec<(ResolveItem, Option<store::Wanted>, String)>,
}

impl Wanted {
    /// Normalises and hides the addresses.
    pub fn new(app: &App, request: ResolveRequest, keys: &IndexKeys) -> Self {
        let today = app.clock.now().date_naive();
        let hide = |item: ResolveItem| {
            let address = EmailAddress::parse(&item.email);
            let wanted = address.as_ref().and_then(|address| want(&item, address, keys));
            let tag = address.map(|address| domain::tag(&address, &app.tag_root, today));
            (item, wanted, tag.unwrap_or_default())
        };
        Self { purpose: request.purpose, people: request.items.into_iter().map(hide).collect() }
    }
}

/// Subjects and keys, in the order asked.
pub async fn resolve(app: &App, conn: &mut Conn, wanted: &Wanted) -> Result<Vec<Resolved>, Error> {
    let places: Vec<&store::Wanted> =
        wanted.people.iter().filter_map(|(_, place, _)| place.as_ref()).collect();
    let (subjects, made) = subjects(app, conn, places).await?;
    let refs = refs(wanted, &subjects);
    let keys = keys::ops::answers(app, conn, &refs, wanted.purpose, &made).await?;
    let answers = wanted.people.iter().map(|(item, place, tag)| {
        let subject_id = place.as_ref().and_then(|place| subjects.get(&place.place()).copied());
        Resolved { subject_id, keys: answers(item, subject_id, &keys), address_tag: tag.clone() }
    });
    Ok(answers.collect())
}

fn want(
    item: &ResolveItem,
    address: &EmailAddress,
    keys: &HashMap<Uuid, Zeroizing<Vec<u8>>>,
) -> Option<store::Wanted> {
    let email_index = domain::index(address, keys.get(&item.tenant_id)?);
    Some(store::Wanted { tenant_id: item.tenant_id, email_index, mint: item.mint })
}

fn refs(wanted: &Wanted, subjects: &store::Found) -> Vec<(KeyRef, bool)> {
    let known = wanted.people.iter().filter_map(|(item, place, _)| {
        let subject_id = *subjects.get(&place.as_ref()?.place())?;
        Some((item, subject_id))
    });
    known
        .flat_map(|(item, subject_id)| {
            let key = move |&compartment| {
                (KeyRef { tenant_id: item.tenant_id, subject_id, compartment }, item.mint)
            };
            item.compartments.iter().map(key)
        })
        .collect()
}

fn answers(
    item: &ResolveItem,
    subject_id: Option<Uuid>,
    keys: &HashMap<KeyRef, KeyAnswer>,
) -> Vec<KeyAnswer> {
    let Some(subject_id) = subject_id else { return Vec::new() };
    let answer = |&compartment| {
        let key = KeyRef { tenant_id: item.tenant_id, subject_id, compartment };
        keys.get(&key).cloned().unwrap_or(KeyAnswer::Missing)
    };
    item.compartments.iter().map(answer).collect()
}

/// Finds the people, making those that may be made, and tells whom it made. Somebody else may make the same person between
/// our looks.
async fn subjects(
    app: &App,
    conn: &mut Conn,
    mut wanted: Vec<&store::Wanted>,
) -> Result<(store::Found, HashSet<Uuid>), Error> {
    wanted.sort_by_key(|w| w.place());
    wanted.dedup_by_key(|w| w.place());
    let (mut found, mut fresh) = (store::find(conn, &wanted).await?, HashSet::new());
    for _ in 0..ROUNDS {
        let mut missing = wanted.clone();
        missing.retain(|w| w.mint && !found.contains_key(&w.place()));
        let new = missing.iter().map(|wanted| new(app, wanted)).collect();
        let made = store::insert(conn, new).await?;
        fresh.extend(made.values().copied());
        found.extend(made);
        missing.retain(|w| !found.contains_key(&w.place()));
        if missing.is_empty() {
            return Ok((found, fresh));
        }
        found.extend(store::find(conn, &missing).await?);
    }
    Err(Error::Contention)
}

fn new(app: &App, wanted: &store::Wanted) -> store::NewSubject {
    store::NewSubject {
        subject_id: app.ids.subject(),
        tenant_id: wanted.tenant_id,
        email_index: wanted.email_index.clone(),
        created_at: app.clock.now(),
    }
}

/// Empties every key of a person and forgets their address; the rows stay, so that no key is ever made again.
pub async fn destroy(
    app: &App,
    conn: &mut Conn,
    request: DestroyRequest,
) -> Result<Destroyed, Error> {
    store::forget(conn, request.tenant_id, request.subject_id, app.clock.now()).await?;
    let keys = keys::store::destroy(conn, request.tenant_id, request.subject_id).await?;
    Ok(Destroyed { keys })
}
