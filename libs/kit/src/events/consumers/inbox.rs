//! Handles a batch in one transaction: inserts the inbox rows, then runs the handlers, each in its event's tenant and
//! trace.

use std::collections::HashSet;

use diesel::{insert_into, sql_types};
use diesel_async::RunQueryDsl;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Consumers, Opened, Subscription, subscription};
use crate::{
    db::{Conn, Db, DbError, become_tenant, unnest::unnest},
    events::{envelope::Envelope, error_kinds, spans},
    keyring::{Keyring, Keys},
    tasks::catch_panic,
    telemetry::{propagation::current_traceparent, spans::Span},
};

diesel::table! {
    inbox (event_id) {
        event_id -> Uuid,
        handled_at -> Timestamptz,
    }
}

/// An event with its keys.
type Event<'a> = (&'a Envelope, Keys);

/// Handles events outside the loop.
pub(crate) async fn handle_given<A: 'static>(
    app: &A,
    db: &Db,
    keyring: &Keyring,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<()> {
    let known = |envelope: &Envelope| subscription(consumers, envelope).is_some();
    anyhow::ensure!(envelopes.iter().all(known), "no consumer handles one of the events");
    handle_all(app, db, keyring, consumers, envelopes).await
}

/// One event is processed in the trace that it was written in. Several have a trace in common, and each a span in its own.
pub(crate) async fn handle_all<A: 'static>(
    app: &A,
    db: &Db,
    keyring: &Keyring,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<()> {
    let span = match envelopes {
        [envelope] => spans::process(db.service(), envelope),
        _ => spans::process_batch(db.service(), envelopes),
    };
    let handled = span.run(handle_in_span(app, db, keyring, consumers, envelopes)).await;
    if let Err(error) = &handled {
        span.fail(error_kinds::summary(error));
    }
    handled
}

async fn handle_in_span<A: 'static>(
    app: &A,
    db: &Db,
    keyring: &Keyring,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<()> {
    let keys = fetch_keys(keyring, consumers, envelopes).await?;
    db.system_tx("kit.consume", async |conn| -> anyhow::Result<()> {
        let mut new = insert_new(conn, envelopes).await?;
        reset_role(conn).await?;
        let mut events = in_lock_order(consumers, envelopes, keys);
        // `remove`, since a batch may have the same event twice.
        events.retain(|(envelope, _)| new.remove(&envelope.id));
        let mut tenant_id = None;
        for run in runs(consumers, events) {
            let [(envelope, _), ..] = &run[..] else { continue };
            let Some(subscription) = subscription(consumers, envelope) else { continue };
            if tenant_id != Some(envelope.tenant_id) {
                become_tenant(conn, envelope.tenant_id).await?;
                tenant_id = Some(envelope.tenant_id);
            }
            handle_run(app, db.service(), conn, subscription, run, envelopes.len() > 1).await?;
        }
        Ok(())
    })
    .await
}

/// Neighbours that one call of a handler takes: of one kind and one tenant.
fn runs<'a, A>(consumers: &Consumers<A>, events: Vec<Event<'a>>) -> Vec<Vec<Event<'a>>> {
    let mut runs: Vec<Vec<Event<'a>>> = Vec::new();
    for event in events {
        let fits = |(last, _): &Event<'a>| {
            last.kind == event.0.kind
                && last.tenant_id == event.0.tenant_id
                && subscription(consumers, last).is_some_and(|it| it.takes_many)
        };
        match runs.last_mut().filter(|run| run.last().is_some_and(fits)) {
            Some(run) => run.push(event),
            None => runs.push(vec![event]),
        }
    }
    runs
}

/// Handles a run. Each event of a batch has a span in its own trace, which links to the batch's; a single event has that of
/// [`handle_all`]. What a handler writes for one of several events it writes in the trace of [`Opened`].
async fn handle_run<A: 'static>(
    app: &A,
    service: &'static str,
    conn: &mut Conn,
    subscription: &Subscription<A>,
    run: Vec<Event<'_>>,
    is_batch: bool,
) -> anyhow::Result<()> {
    let log = log_span(&run);
    let mut spans = Vec::new();
    let events = run.into_iter().map(|(envelope, keys)| {
        let span = is_batch.then(|| process(service, envelope));
        let traceparent = span.as_ref().map_or_else(current_traceparent, Span::traceparent);
        spans.extend(span);
        Opened { envelope, traceparent, keys }
    });
    let handling = (subscription.handle)(app, conn, events.collect());
    let handling = catch_panic(subscription.kind, handling.instrument(log));
    let handled = match &spans[..] {
        [span] => span.run(handling).await,
        _ => handling.await,
    };
    let handled = handled.map_err(anyhow::Error::from).flatten();
    if let Err(error) = &handled {
        for span in &spans {
            span.fail(error_kinds::summary(error));
        }
    }
    handled
}

/// The events with their keys, those that change a shared row last and in the order of the rows.
fn in_lock_order<'a, A>(
    consumers: &Consumers<A>,
    envelopes: &'a [Envelope],
    keys: Vec<Keys>,
) -> Vec<Event<'a>> {
    let mut events: Vec<_> = envelopes.iter().zip(keys).collect();
    events.sort_by_cached_key(|(envelope, _)| {
        let row = subscription(consumers, envelope)?.shared_row.as_ref()?;
        Some((envelope.tenant_id, row(envelope)?))
    });
    events
}

/// The span of an event of a batch, with a link to the batch's.
fn process(service: &'static str, envelope: &Envelope) -> Span {
    let span = spans::process(service, envelope);
    if let Some(batch) = current_traceparent() {
        span.link(&batch);
    }
    span
}

/// What the lines of a handler's log say of its event, or of the first of several.
fn log_span(run: &[Event<'_>]) -> tracing::Span {
    let Some((envelope, _)) = run.first() else { return tracing::Span::none() };
    tracing::info_span!("handle", event.kind = envelope.kind, event.id = %envelope.id)
}

async fn fetch_keys<A: 'static>(
    keyring: &Keyring,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<Vec<Keys>> {
    let keys = envelopes.iter().map(|envelope| async move {
        let Some(subscription) = subscription(consumers, envelope) else {
            return Ok(Keys::default());
        };
        let refs = (subscription.key_refs)(envelope);
        keyring.storing_keys(subscription.purpose, &refs).await
    });
    Ok(futures_util::future::try_join_all(keys).await?)
}

/// Inserts the inbox rows and returns the ids that are new. If another consumer is handling the same id, this waits for
/// its commit.
async fn insert_new(conn: &mut Conn, envelopes: &[Envelope]) -> Result<HashSet<Uuid>, DbError> {
    let mut ids: Vec<Uuid> = envelopes.iter().map(|e| e.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let new: Vec<Uuid> = insert_into(inbox::table)
        .values(diesel::select(unnest::<sql_types::Uuid, _>(ids)))
        .into_columns(inbox::event_id)
        .on_conflict_do_nothing()
        .returning(inbox::event_id)
        .get_results(conn)
        .await?;
    Ok(new.into_iter().collect())
}

/// Returns to the service's own role, in which the handlers run. Only the worker role may use the inbox, which does not
/// belong to a tenant.
async fn reset_role(conn: &mut Conn) -> Result<(), DbError> {
    use diesel_async::SimpleAsyncConnection as _;
    Ok(conn.batch_execute("SET LOCAL ROLE NONE").await?)
}
