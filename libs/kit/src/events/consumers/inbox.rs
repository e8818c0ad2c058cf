//! Handles a batch in one transaction: inserts the inbox rows, then runs the handlers, each in its event's tenant and
//! trace.

use std::collections::HashSet;

use diesel::insert_into;
use diesel_async::RunQueryDsl;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Consumers, subscription};
use crate::{
    db::{Conn, Db, DbError, become_tenant},
    events::{envelope::Envelope, error_kinds, spans},
    keyring::{Keyring, Keys},
    tasks::{Panicked, catch_panic},
    telemetry::propagation::current_traceparent,
};

diesel::table! {
    inbox (event_id) {
        event_id -> Uuid,
        handled_at -> Timestamptz,
    }
}

diesel::define_sql_function! {
    /// PostgreSQL's function, which returns a row for each element.
    fn unnest(ids: diesel::sql_types::Array<diesel::sql_types::Uuid>) -> diesel::sql_types::Uuid;
}

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
        let mut tenant_id = None;
        for (envelope, keys) in in_lock_order(consumers, envelopes, keys) {
            let Some(subscription) = subscription(consumers, envelope) else { continue };
            // `remove`, since a batch may have the same event twice.
            if !new.remove(&envelope.id) {
                continue;
            }
            if tenant_id != Some(envelope.tenant_id) {
                become_tenant(conn, envelope.tenant_id).await?;
                tenant_id = Some(envelope.tenant_id);
            }
            let handling = (subscription.handle)(app, conn, envelope, keys);
            let handling = catch_panic(subscription.kind, handling.instrument(log_span(envelope)));
            match envelopes {
                [_] => handling.await??,
                _ => process(db.service(), envelope, handling).await?,
            }
        }
        Ok(())
    })
    .await
}

/// The events with their keys, those that change a shared row last and in the order of the rows.
fn in_lock_order<'a, A>(
    consumers: &Consumers<A>,
    envelopes: &'a [Envelope],
    keys: Vec<Keys>,
) -> Vec<(&'a Envelope, Keys)> {
    let mut events: Vec<_> = envelopes.iter().zip(keys).collect();
    events.sort_by_cached_key(|(envelope, _)| {
        let row = subscription(consumers, envelope)?.shared_row.as_ref()?;
        Some((envelope.tenant_id, row(envelope)?))
    });
    events
}

/// Handles an event of a batch, in a span that links to the batch's.
async fn process(
    service: &'static str,
    envelope: &Envelope,
    handling: impl Future<Output = Result<anyhow::Result<()>, Panicked>>,
) -> anyhow::Result<()> {
    let span = spans::process(service, envelope);
    if let Some(batch) = current_traceparent() {
        span.link(&batch);
    }
    let handled = span.run(handling).await.map_err(anyhow::Error::from).flatten();
    if let Err(error) = &handled {
        span.fail(error_kinds::summary(error));
    }
    handled
}

/// What the lines of a handler's log say of its event.
fn log_span(envelope: &Envelope) -> tracing::Span {
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
    // One parameter whatever the number of ids, so that the statement is prepared only once.
    let new: Vec<Uuid> = insert_into(inbox::table)
        .values(diesel::select(unnest(ids)))
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
