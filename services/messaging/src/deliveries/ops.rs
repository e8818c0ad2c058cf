//! The stories of a mail: written down, limited, settled, given up, forgotten.

use chrono::{DateTime, Duration, Utc};
use contracts::{keyring::Compartment, messaging::MessagesErased, retention::SubjectErased};
use futures_util::future::try_join_all;
use kit::{
    db::{Conn, DbError},
    events::outbox,
    keyring::{KeyState, Keys},
};
use uuid::Uuid;

use super::{
    domain::{Claimed, Identity, LEASE_SECONDS, NewDelivery, State},
    events, letter,
    outcome::Settlement,
    queue, store,
};
use crate::{app::App, mail::compose::Letter};

/// Most mails taken at once.
pub(crate) const BATCH: i64 = 50;
/// Days after which a settled confirmation mail is of no use to anybody.
const CONFIRMATION_DAYS: i64 = 30;

/// One settled attempt.
#[derive(Debug)]
pub(crate) struct Settled {
    /// The mail.
    pub identity: Identity,
    /// Who held it.
    pub holder: Uuid,
    /// What is written down.
    pub settlement: Settlement,
}

/// Writes a mail down, sealed for its row. Without a key nothing is kept of it: of an erased person there is no row, of
/// a restricted one there is a row without a letter.
pub(crate) async fn enqueue(
    app: &App,
    conn: &mut Conn,
    identity: Identity,
    keys: &Keys,
    letter: Option<&Letter>,
    suppressed: bool,
) -> anyhow::Result<()> {
    let mut new = NewDelivery {
        identity,
        state: State::Queued,
        code: None,
        token: app.mailer.tokens.token(identity.id),
        header_id: app.ids.token::<18>(),
        at: app.clock.now(),
        letter: None,
    };
    match (keys.state(Compartment::Message), letter) {
        (KeyState::Destroyed, _) => return Ok(()),
        (KeyState::Active(_), _) if suppressed => {
            (new.state, new.code) = (State::Suppressed, Some("address_limit"));
        }
        (KeyState::Active(key), Some(text)) => {
            new.letter = Some(letter::seal(key, identity.id, text)?);
        }
        _ => (new.state, new.code) = (State::Cancelled, Some("no_key")),
    }
    store::insert(conn, new).await?;
    Ok(())
}

/// Whether an address may get one more confirmation mail today; counts it.
pub(crate) async fn within_limit(
    app: &App,
    conn: &mut Conn,
    address_tag: &str,
) -> Result<bool, DbError> {
    store::count_confirmation(conn, address_tag, app.clock.now().date_naive()).await
}

/// Settles what dead holders left behind.
pub(crate) async fn settle_lapsed(app: &App, conn: &mut Conn) -> Result<(), DbError> {
    let now = app.clock.now();
    queue::requeue_lapsed(conn, now).await?;
    let code = "holder_died";
    for identity in queue::give_up_lapsed(conn, now, code).await? {
        record(app, conn, &identity, State::Unknown, Some(code.to_owned()), now).await?;
    }
    Ok(())
}

/// Takes mails that are due.
pub(crate) async fn claim(
    app: &App,
    conn: &mut Conn,
    holder: Uuid,
) -> Result<Vec<Claimed>, DbError> {
    let now = app.clock.now();
    queue::claim(conn, holder, now, lease_end(now), BATCH).await
}

/// When a lease taken now ends.
pub(crate) fn lease_end(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::seconds(LEASE_SECONDS)
}

/// Writes outcomes down with their facts.
pub(crate) async fn settle(app: &App, conn: &mut Conn, settled: &[Settled]) -> Result<(), DbError> {
    let now = app.clock.now();
    let outcomes: Vec<_> =
        settled.iter().map(|s| (s.identity.id, s.holder, s.settlement.clone())).collect();
    let written = queue::settle(conn, &outcomes, now).await?;
    // All on their way together.
    let conn = &*conn;
    let facts = settled.iter().filter(|settled| written.contains(&settled.identity.id)).map(
        |Settled { identity, settlement, .. }| {
            record(app, conn, identity, settlement.state, settlement.code.clone(), now)
        },
    );
    try_join_all(facts).await?;
    Ok(())
}

async fn record(
    app: &App,
    conn: &Conn,
    identity: &Identity,
    state: State,
    code: Option<String>,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let kind = identity.kind.as_str();
    metrics::counter!("folkmoot_mails_total", "kind" => kind, "state" => state.as_str())
        .increment(1);
    let Some(event) = events::recorded(identity, state, code, at) else { return Ok(()) };
    outbox::push(conn, app.ids.next(), identity.tenant_id, &event).await
}

/// Forgets a person and says so.
pub(crate) async fn erase_subject(
    app: &App,
    conn: &mut Conn,
    tenant_id: Uuid,
    erased: &SubjectErased,
) -> Result<(), DbError> {
    let SubjectErased { erasure_id, subject_id } = *erased;
    let rows = store::erase_subject(conn, subject_id).await?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let remaining = kit::db::probe::remaining(conn, subject_id).await?;
    let event = MessagesErased { erasure_id, subject_id, rows, remaining };
    outbox::push(conn, app.ids.next(), tenant_id, &event).await
}

/// Forgets the mails of an action whose time has come.
pub(crate) async fn erase_action(conn: &mut Conn, action_id: Uuid) -> Result<(), DbError> {
    store::erase_action(conn, action_id).await?;
    Ok(())
}

/// Forgets old counts and dead confirmations.
pub(crate) async fn sweep(app: &App, conn: &mut Conn) -> Result<(), DbError> {
    let now = app.clock.now();
    store::sweep_limits(conn, (now - Duration::days(2)).date_naive()).await?;
    store::sweep_confirmations(conn, now - Duration::days(CONFIRMATION_DAYS)).await?;
    Ok(())
}
