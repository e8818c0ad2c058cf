//! The life of a delivery: recorded, settled, given up, erased.

use chrono::{DateTime, Duration, Utc};
use contracts::{
    keyring::Compartment,
    messaging::{MessagesErased, NO_KEY},
};
use futures_util::future::try_join_all;
use kit::{
    db::{Conn, DbError, probe},
    events::outbox,
    id::Ids,
    keyring::{KeyState, Keys},
    telemetry::propagation::in_trace,
};
use uuid::Uuid;

use super::{
    domain::{
        DECIDED, Decision, Delivery, Identity, Kind, NewDelivery, State, Verdict, confirmation_due,
        outcome::{Settlement, lifetime},
    },
    events, seal,
    store::{self, queue},
};
use crate::{error::Error, mail::compose::Message};

/// Days after which a settled email to a supporter is of no more use: the link in a confirmation has expired.
const TO_SUPPORTER_DAYS: i64 = 30;
/// Days for which the release before counts confirmation emails.
const LIMIT_DAYS: i64 = 2;

/// Records a delivery, with its message sealed for its row. For an erased person there is no row.
pub(crate) async fn enqueue(
    conn: &mut Conn,
    ids: Ids,
    mut new: NewDelivery,
    keys: &Keys,
    message: Option<&Message>,
) -> anyhow::Result<()> {
    match (keys.state(Compartment::Message), message) {
        (KeyState::Destroyed, _) => return Ok(()),
        (KeyState::Active(key), Some(message)) => {
            if let Some(due_at) = due(conn, &new).await? {
                new.due_at = due_at;
                new.message = Some(seal::seal(key, new.identity.id, message)?);
            } else {
                (new.state, new.code) = (State::Suppressed, Some("address_limit"));
            }
        }
        (KeyState::Refused, _) => anyhow::bail!("the keyring refuses to store a message"),
        _ => (new.state, new.code) = (State::Cancelled, Some(NO_KEY)),
    }
    let (identity, ended, at) =
        (new.identity, new.code.map(|code| (new.state, code)), new.created_at);
    let inserted = store::insert(conn, new).await?;
    if let Some((state, code)) = ended.filter(|_| inserted == 1) {
        record(conn, ids, &identity, state, code, at).await?;
    }
    Ok(())
}

/// When a new delivery is due; none if it is not to be sent.
async fn due(conn: &mut Conn, new: &NewDelivery) -> Result<Option<DateTime<Utc>>, DbError> {
    let (identity, now) = (&new.identity, new.created_at);
    if identity.kind != Kind::Confirmation {
        return Ok(Some(now));
    }
    let (since, day) = (now - lifetime(identity.kind), now - Duration::days(1));
    let earlier = store::earlier_confirmations(conn, identity, since, day).await?;
    Ok(confirmation_due(&earlier, now))
}

/// Settles what was held when its process died; true if that is to be announced.
pub(super) async fn settle_lapsed(
    conn: &mut Conn,
    ids: Ids,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    queue::requeue_lapsed(conn, now).await?;
    let code = "holder_died";
    let lapsed = queue::give_up_lapsed(conn, now, code).await?;
    for identity in &lapsed {
        record(conn, ids, identity, State::Unknown, code, now).await?;
    }
    Ok(!lapsed.is_empty())
}

/// Writes outcomes with their events, and records the reports to supporters.
pub(super) async fn settle(
    conn: &mut Conn,
    ids: Ids,
    settlements: &[Settlement],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let written = queue::settle(conn, settlements, now).await?;
    let is_written = |settlement: &&Settlement| written.contains(&settlement.identity.id);
    for report in settlements.iter().filter(is_written).filter_map(|s| s.report.clone()) {
        store::insert(conn, *report).await?;
    }
    // A shared reference lets all events travel to the database together.
    let conn = &*conn;
    let events = settlements.iter().filter(is_written).map(
        |Settlement { identity, state, code, traceparent, .. }| {
            let recording = record(conn, ids, identity, *state, code, now);
            in_trace(traceparent.as_deref(), recording)
        },
    );
    try_join_all(events).await?;
    Ok(())
}

/// Ends an unknown outcome as somebody decided, and announces it.
pub(super) async fn decide(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    verdict: Verdict,
) -> Result<Delivery, Error> {
    let Verdict { id, decision, at, .. } = verdict;
    let Some(identity) = queue::decide(conn, id, decision, at).await? else {
        let delivery = store::by_id(conn, id).await?;
        return Err(delivery.map_or(Error::NoSuchDelivery, |_| Error::NotUnknown));
    };
    if decision == Decision::Delivered {
        record(conn, ids, &identity, State::Sent, DECIDED, at).await?;
    }
    outbox::push(conn, ids.next(), tenant_id, &events::settled(verdict)).await?;
    store::by_id(conn, id).await?.ok_or(Error::NoSuchDelivery)
}

async fn record(
    conn: &Conn,
    ids: Ids,
    identity: &Identity,
    state: State,
    code: &str,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let kind = identity.kind.as_str();
    metrics::counter!("folkmoot_mails_total", "kind" => kind, "state" => state.as_str())
        .increment(1);
    let Some(event) = events::recorded(identity, state, code, at) else { return Ok(()) };
    outbox::push(conn, ids.next(), identity.tenant_id, &event).await
}

/// Erases a person and announces it.
pub(crate) async fn erase_subject(
    conn: &mut Conn,
    ids: Ids,
    tenant_id: Uuid,
    erasure_id: Uuid,
    subject_id: Uuid,
) -> Result<(), DbError> {
    let rows = store::erase_subject(conn, subject_id).await?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let remaining = probe::remaining(conn, subject_id).await?;
    let event = MessagesErased { erasure_id, subject_id, rows, remaining };
    outbox::push(conn, ids.next(), tenant_id, &event).await
}

/// Deletes the deliveries of an action that has expired or was anonymised.
pub(crate) async fn erase_action(conn: &mut Conn, action_id: Uuid) -> Result<(), DbError> {
    store::erase_action(conn, action_id).await?;
    Ok(())
}

/// Deletes old counts and old emails to supporters.
pub(crate) async fn sweep(conn: &mut Conn, now: DateTime<Utc>) -> Result<(), DbError> {
    store::sweep_limits(conn, (now - Duration::days(LIMIT_DAYS)).date_naive()).await?;
    store::sweep_to_supporters(conn, now - Duration::days(TO_SUPPORTER_DAYS)).await?;
    Ok(())
}
