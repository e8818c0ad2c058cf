//! The story of an erasure, one transaction at a time.

use kit::{
    db::{Conn, probe},
    events::outbox,
};
use uuid::Uuid;

use super::{
    domain::{self, Answer, Erasure, State},
    events, store,
};
use crate::{app::App, error::Error, receipts, schedules};

/// Writes the ledger, before anything is destroyed. Of nobody it is complete at once, with a receipt that says so.
pub async fn record(app: &App, conn: &mut Conn, mut erasure: Erasure) -> Result<Erasure, Error> {
    if erasure.state == State::Complete {
        erasure.receipt = Some(receipts::sign(&app.signer, &erasure, &[])?);
    }
    store::insert(conn, &erasure).await?;
    Ok(erasure)
}

/// Notes that the keys are destroyed, deletes our own rows and tells everybody. Done once, however often it is asked for.
pub async fn keys_destroyed(
    app: &App,
    conn: &mut Conn,
    id: Uuid,
    keys: i64,
) -> Result<Erasure, Error> {
    let mut erasure = store::lock(conn, id).await?.ok_or(Error::NoSuchErasure)?;
    let (State::Recorded, Some(subject_id)) = (erasure.state, erasure.subject_id) else {
        return Ok(erasure);
    };
    erasure.state = State::KeysDestroyed;
    erasure.keys = keys;
    erasure.keys_destroyed_at = Some(app.clock.now());
    store::save(conn, &erasure).await?;
    erase_own(app, conn, &erasure, subject_id).await?;
    announce(app, conn, &erasure).await?;
    Ok(erasure)
}

/// Tells everybody, for the first time or again.
pub async fn announce(app: &App, conn: &mut Conn, erasure: &Erasure) -> Result<(), Error> {
    let Some(subject_id) = erasure.subject_id else { return Ok(()) };
    let event = events::subject_erased(erasure.id, subject_id);
    outbox::push(conn, app.ids.next(), erasure.tenant_id, &event).await?;
    store::announced(conn, erasure.id, app.clock.now()).await?;
    Ok(())
}

/// Takes down what a service says. Answers to an erasure we do not know are nobody's.
pub async fn answer(conn: &mut Conn, erasure_id: Uuid, answer: &Answer) -> Result<(), Error> {
    match store::lock(conn, erasure_id).await? {
        Some(erasure) if erasure.state != State::Complete => {
            store::put_answer(conn, &erasure, answer).await?;
        }
        Some(_) => {}
        None => {
            tracing::warn!(%erasure_id, service = answer.service, "ignored an acknowledgement for an unknown erasure");
        }
    }
    Ok(())
}

/// Decides what an answered erasure has come to; a complete one gets its receipt.
pub async fn settle(
    app: &App,
    conn: &mut Conn,
    id: Uuid,
    keys_are_dead: bool,
) -> Result<Erasure, Error> {
    let mut erasure = store::lock(conn, id).await?.ok_or(Error::NoSuchErasure)?;
    let (State::KeysDestroyed | State::Partial, Some(subject_id)) =
        (erasure.state, erasure.subject_id)
    else {
        return Ok(erasure);
    };
    erase_own(app, conn, &erasure, subject_id).await?;
    let answers = store::answers_of(conn, &[id]).await?;
    let answers: Vec<Answer> = answers.into_iter().map(|(_, answer)| answer).collect();
    let now = app.clock.now();
    if !keys_are_dead {
        // They were destroyed just now, and may be in caches from before.
        erasure.keys_destroyed_at = Some(now);
    }
    let settled_from = erasure.settled_from(app.settle);
    erasure.state = domain::verdict(&answers, settled_from, keys_are_dead);
    erasure.probed_at = Some(now);
    if erasure.state == State::Complete {
        erasure.completed_at = Some(now);
        erasure.receipt = Some(receipts::sign(&app.signer, &erasure, &answers)?);
    }
    store::save(conn, &erasure).await?;
    Ok(erasure)
}

/// Our own rows about the person, and our own answer: a clock that came late is found here too.
async fn erase_own(
    app: &App,
    conn: &mut Conn,
    erasure: &Erasure,
    subject_id: Uuid,
) -> Result<(), Error> {
    let rows = schedules::store::erase(conn, subject_id).await?;
    let answer = Answer {
        service: "retention".to_owned(),
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        remaining: probe::remaining(conn, subject_id).await?,
        answered_at: app.clock.now(),
    };
    store::put_answer(conn, erasure, &answer).await?;
    Ok(())
}
