//! The life of a delivery: recorded, settled, given up, erased.

use std::collections::{HashMap, HashSet};

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
        DECIDED, Decision, Delivery, Earlier, Identity, Kind, NewDelivery, State, Verdict,
        confirmation_due,
        outcome::{Settlement, lifetime},
    },
    events, seal,
    store::{self, insertion, queue},
};
use crate::{error::Error, mail::compose::Message};

/// Days after which a settled email to a supporter is of no more use: the link in a confirmation has expired.
const TO_SUPPORTER_DAYS: i64 = 30;
/// Days for which the release before counts confirmation emails.
const LIMIT_DAYS: i64 = 2;

/// A delivery asked for, with what seals its message.
pub(crate) struct Order {
    pub(crate) new: NewDelivery,
    pub(crate) keys: Keys,
    /// None if the person's key is destroyed.
    pub(crate) message: Option<Message>,
}

/// Records deliveries, with their messages sealed for their rows. For an erased person there is no row.
pub(crate) async fn enqueue(conn: &mut Conn, ids: Ids, orders: Vec<Order>) -> anyhow::Result<()> {
    let mut rest = orders;
    while !rest.is_empty() {
        // What comes second to a person is due after what came first, which therefore is recorded before.
        let mut people = HashSet::new();
        let (first, again): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|order| people.insert(order.new.identity.subject_id));
        enqueue_distinct(conn, ids, first).await?;
        rest = again;
    }
    Ok(())
}

async fn enqueue_distinct(conn: &mut Conn, ids: Ids, orders: Vec<Order>) -> anyhow::Result<()> {
    let earlier = earlier(conn, &orders).await?;
    let mut new = Vec::with_capacity(orders.len());
    for order in orders {
        let due_at = due(&order.new, earlier.get(&order.new.identity.id));
        new.extend(seal_order(order, due_at)?);
    }
    let inserted = insertion::insert(conn, &new).await?;
    for new in new.iter().filter(|new| inserted.contains(&new.identity.id)) {
        let Some(code) = new.code else { continue };
        let recording = record(conn, ids, &new.identity, new.state, code, new.created_at);
        in_trace(new.traceparent.as_deref(), recording).await?;
    }
    Ok(())
}

/// The delivery with its sealed message, or settled from the start; none for an erased person.
fn seal_order(order: Order, due_at: Option<DateTime<Utc>>) -> anyhow::Result<Option<NewDelivery>> {
    let Order { mut new, keys, message } = order;
    match (keys.state(Compartment::Message), message) {
        (KeyState::Destroyed, _) => return Ok(None),
        (KeyState::Active(key), Some(message)) => {
            if let Some(due_at) = due_at {
                new.due_at = due_at;
                new.message = Some(seal::seal(key, new.identity.id, &message)?);
            } else {
                (new.state, new.code) = (State::Suppressed, Some("address_limit"));
            }
        }
        (KeyState::Refused, _) => anyhow::bail!("the keyring refuses to store a message"),
        _ => (new.state, new.code) = (State::Cancelled, Some(NO_KEY)),
    }
    Ok(Some(new))
}

/// The earlier confirmation emails to those who are to get another, by the delivery's id.
async fn earlier(conn: &mut Conn, orders: &[Order]) -> Result<HashMap<Uuid, Earlier>, DbError> {
    let identities = orders.iter().map(|order| order.new.identity);
    let identities: Vec<Identity> =
        identities.filter(|identity| identity.kind == Kind::Confirmation).collect();
    let Some(now) = orders.iter().map(|order| order.new.created_at).min() else {
        return Ok(HashMap::new());
    };
    if identities.is_empty() {
        return Ok(HashMap::new());
    }
    let (since, day) = (now - lifetime(Kind::Confirmation), now - Duration::days(1));
    store::earlier_confirmations(conn, &identities, since, day).await
}

/// When a new delivery is due; none if it is not to be sent.
fn due(new: &NewDelivery, earlier: Option<&Earlier>) -> Option<DateTime<Utc>> {
    match earlier {
        Some(earlier) => confirmation_due(earlier, new.created_at),
        None => Some(new.created_at),
    }
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
    let reports = settlements.iter().filter(is_written).filter_map(|s| s.report.as_deref());
    insertion::insert(conn, &reports.cloned().collect::<Vec<_>>()).await?;
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
