//! Resolving and destroying. A batch is a handful of round trips, however many people are in it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::keyring::{
    DestroyRequest, Destroyed, KeyAnswer, KeyRef, Left, Purpose, Resolved, SubjectRef,
};
use kit::db::{Conn, DbError};

use super::{
    domain::{AddressIndex, NewSubject, Person},
    store::{self, Subjects},
};
use crate::{
    error::Error,
    keys::{
        self,
        domain::{Mint, WantedKey},
    },
};

/// A request that found a person before they were leaving has stored what it stores, or failed, within this time.
const QUIET: TimeDelta = TimeDelta::minutes(2);

/// Subjects and keys, in the order of `people`.
pub(super) async fn resolve(
    conn: &mut Conn,
    mint: Mint<'_>,
    purpose: Purpose,
    people: &[Person],
) -> Result<Vec<Resolved>, Error> {
    let subjects = find_or_create(conn, mint, people).await?;
    let subject = |person: &Person| subjects.get(person.index.as_ref()?).copied();
    let wanted = people.iter().flat_map(|person| {
        let keys = person.keys(subject(person)).into_iter();
        keys.map(|key| WantedKey { key, mint: person.item.mint })
    });
    let wanted: Vec<WantedKey> = wanted.collect();
    keys::ops::create(conn, mint, purpose, &wanted).await?;
    let answers = keys::ops::answers(conn, mint, purpose, &wanted).await?;
    let answer = |key: KeyRef| answers.get(&key).cloned().unwrap_or(KeyAnswer::Missing);
    let resolved = people.iter().map(|person| {
        let subject_id = subject(person);
        let keys = person.keys(subject_id).into_iter().map(answer).collect();
        let address_tag = subject_id.as_ref().map(ToString::to_string).unwrap_or_default();
        Resolved { subject_id, keys, address_tag }
    });
    Ok(resolved.collect())
}

/// Finds the people, and creates those that may be created.
async fn find_or_create<'a>(
    conn: &Conn,
    mint: Mint<'_>,
    people: &'a [Person],
) -> Result<Subjects<'a>, DbError> {
    let wanted = |mint: bool| {
        let of = people.iter().filter(move |person| person.item.mint == mint);
        of.filter_map(|person| person.index.as_ref()).collect::<BTreeSet<&AddressIndex>>()
    };
    let new = |index| NewSubject { id: mint.ids.subject(), index, created_at: mint.now };
    let new: Vec<NewSubject<'_>> = wanted(true).into_iter().map(new).collect();
    let mut found = store::find_or_insert(conn, &new).await?;
    let others: Vec<&AddressIndex> = wanted(false).into_iter().collect();
    found.extend(store::find(conn, &others).await?);
    Ok(found)
}

/// Empties every key of a person and forgets their address; the rows stay, so that no key is ever created again.
pub(super) async fn destroy(
    conn: &mut Conn,
    request: DestroyRequest,
    now: DateTime<Utc>,
) -> Result<Destroyed, Error> {
    let DestroyRequest { tenant_id, subject_id } = request;
    store::forget(conn, tenant_id, subject_id, now).await?;
    let keys = keys::store::destroy(conn, tenant_id, subject_id).await?;
    Ok(Destroyed { keys: i64::try_from(keys).unwrap_or(i64::MAX) })
}

/// Notes who is leaving, and destroys those who have been leaving for [`QUIET`] and were not asked for since. Nobody leaves
/// whose data another service may hold.
pub(super) async fn leave(
    conn: &mut Conn,
    mut people: Vec<SubjectRef>,
    now: DateTime<Utc>,
) -> Result<Left, Error> {
    people.sort_unstable_by_key(|person| person.subject_id);
    let mut leaving = Vec::new();
    for SubjectRef { tenant_id, subject_id } in people {
        let Some(subject) = store::lock(conn, tenant_id, subject_id).await? else {
            if store::lives(conn, tenant_id, subject_id).await? {
                leaving.push(subject_id);
            }
            continue;
        };
        if keys::store::has_others(conn, subject_id, &keys::domain::left_with_actions()).await? {
            continue;
        }
        if subject.leaving_at.is_some_and(|since| since + QUIET <= now) {
            destroy(conn, DestroyRequest { tenant_id, subject_id }, now).await?;
            continue;
        }
        if subject.leaving_at.is_none() {
            store::set_leaving(conn, subject_id, now).await?;
        }
        leaving.push(subject_id);
    }
    Ok(Left { leaving })
}
