//! Resolving and destroying. A batch is a handful of statements, however many people are in it.

use std::collections::HashMap;

use contracts::keyring::{
    DestroyRequest, Destroyed, KeyAnswer, KeyRef, Purpose, ResolveItem, ResolveRequest, Resolved,
};
use kit::db::Conn;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{domain::NormalAddress, store};
use crate::{app::App, error::Error, keys, wrap::Holder};

/// Rounds in which others may create the same people at the same moment.
const ROUNDS: usize = 5;

/// Subjects and keys, in the order asked.
pub async fn resolve(app: &App, request: ResolveRequest) -> Result<Vec<Resolved>, Error> {
    let addresses: Vec<Option<NormalAddress>> =
        request.items.iter().map(|item| NormalAddress::parse(&item.email)).collect();
    let index_keys = index_keys(app, &request.items).await?;
    let wanted: Vec<Option<store::Wanted>> = request
        .items
        .iter()
        .zip(&addresses)
        .map(|(item, address)| want(item, address.as_ref()?, &index_keys))
        .collect();
    let (subjects, keys) = app
        .db
        .system_tx("keyring.resolve", async |conn| -> Result<_, Error> {
            let subjects = subjects(app, conn, &wanted).await?;
            let refs = refs(&request.items, &wanted, &subjects);
            let keys = keys::ops::answers(app, conn, &refs, request.purpose).await?;
            Ok((subjects, keys))
        })
        .await?;
    let today = app.clock.now().date_naive();
    let items = request.items.iter().zip(&wanted).zip(&addresses);
    Ok(items
        .map(|((item, wanted), address)| {
            let subject_id = wanted.as_ref().and_then(|w| subjects.get(&w.place()).copied());
            let address_tag =
                address.as_ref().map(|a| a.tag(app.wrapper.tag_root(), today)).unwrap_or_default();
            Resolved { subject_id, keys: answers(item, subject_id, &keys), address_tag }
        })
        .collect())
}

fn want(
    item: &ResolveItem,
    address: &NormalAddress,
    keys: &HashMap<Uuid, Zeroizing<Vec<u8>>>,
) -> Option<store::Wanted> {
    let email_index = address.index(keys.get(&item.tenant_id)?);
    Some(store::Wanted { tenant_id: item.tenant_id, email_index, mint: item.mint })
}

fn refs(
    items: &[ResolveItem],
    wanted: &[Option<store::Wanted>],
    subjects: &store::Found,
) -> Vec<(KeyRef, bool)> {
    let known = items.iter().zip(wanted).filter_map(|(item, wanted)| {
        let subject_id = *subjects.get(&wanted.as_ref()?.place())?;
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

/// Finds the people, making those that may be made. Somebody else may make the same person between our looks.
async fn subjects(
    app: &App,
    conn: &mut Conn,
    wanted: &[Option<store::Wanted>],
) -> Result<store::Found, Error> {
    let mut wanted: Vec<&store::Wanted> = wanted.iter().flatten().collect();
    wanted.sort_by_key(|w| w.place());
    wanted.dedup_by_key(|w| w.place());
    let mut found = store::find(conn, &wanted).await?;
    for _ in 0..ROUNDS {
        let missing: Vec<&store::Wanted> =
            wanted.iter().filter(|w| w.mint && !found.contains_key(&w.place())).copied().collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let new = missing.iter().map(|w| store::NewSubject {
            subject_id: app.ids.subject(),
            tenant_id: w.tenant_id,
            email_index: Some(w.email_index.clone()),
            created_at: app.clock.now(),
        });
        found.extend(store::insert(conn, new.collect()).await?);
        found.extend(store::find(conn, &missing).await?);
    }
    Err(Error::Contention)
}

/// The index keys of the batch's tenants; a tenant's first person makes its key.
async fn index_keys(
    app: &App,
    items: &[ResolveItem],
) -> Result<HashMap<Uuid, Zeroizing<Vec<u8>>>, Error> {
    let mut keys = HashMap::new();
    for item in items {
        if keys.contains_key(&item.tenant_id) {
            continue;
        }
        let key = match app.index_keys.get(&item.tenant_id) {
            Some(key) => key,
            None => load_index_key(app, item.tenant_id).await?,
        };
        keys.insert(item.tenant_id, key);
    }
    Ok(keys)
}

async fn load_index_key(app: &App, tenant_id: Uuid) -> Result<Zeroizing<Vec<u8>>, Error> {
    let fresh = Zeroizing::new(app.ids.bytes::<32>().to_vec());
    let wrapped = app.wrapper.wrap(Holder::Index(tenant_id), &fresh)?;
    let version = app.wrapper.current();
    let (version, wrapped) = app
        .db
        .system_tx("keyring.index_key", async |conn| -> Result<_, Error> {
            Ok(store::index_key(conn, tenant_id, version, &wrapped).await?)
        })
        .await?;
    let key = app.wrapper.unwrap_key(Holder::Index(tenant_id), version, &wrapped)?;
    app.index_keys.insert(tenant_id, key.clone());
    Ok(key)
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

/// Whether a purpose may make a missing key.
pub(crate) fn makes_keys(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Record | Purpose::SignIn | Purpose::Confirm | Purpose::Deliver)
}
