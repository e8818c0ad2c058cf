//! One transaction for a batch: inbox rows first, then the handlers, each bound to its event's tenant and in its trace.

use std::collections::HashSet;

use diesel::insert_into;
use diesel_async::RunQueryDsl;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Consumers, subscription};
use crate::{
    db::{Conn, Db, DbError, become_tenant},
    events::envelope::Envelope,
    keyring::{Keyring, Keys},
    tasks::caught,
};

diesel::table! {
    inbox (event_id) {
        event_id -> Uuid,
        handled_at -> Timestamptz,
    }
}

diesel::define_sql_function! {
    /// PostgreSQL's: a row for each element.
    fn unnest(ids: diesel::sql_types::Array<diesel::sql_types::Uuid>) -> diesel::sql_types::Uuid;
}

/// Handles one event outside the loop.
pub(crate) async fn handle_now<A: 'static>(
    app: &A,
    db: &Db,
    keyring: &Keyring,
    consumers: &Consumers<A>,
    envelope: &Envelope,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        subscription(consumers, envelope).is_some(),
        "nobody listens to {}",
        envelope.kind
    );
    handle_in(app, db, keyring, consumers, std::slice::from_ref(envelope)).await
}

pub(crate) async fn handle_in<A: 'static>(
    app: &A,
    db: &Db,
    keyring: &Keyring,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<()> {
    let keys = fetch_keys(keyring, consumers, envelopes).await?;
    db.system_tx("kit.consume", async |conn| -> anyhow::Result<()> {
        let mut fresh = note_in_inbox(conn, envelopes).await?;
        leave_worker_role(conn).await?;
        let mut tenant_id = None;
        for (envelope, keys) in envelopes.iter().zip(keys) {
            let Some(subscription) = subscription(consumers, envelope) else { continue };
            // Taken out, since the same event may stand in a batch twice.
            if !fresh.remove(&envelope.id) {
                continue;
            }
            if tenant_id != Some(envelope.tenant_id) {
                become_tenant(conn, envelope.tenant_id).await?;
                tenant_id = Some(envelope.tenant_id);
            }
            let handling = (subscription.handle)(app, conn, envelope, keys);
            caught(subscription.kind, handling.instrument(envelope.span())).await??;
        }
        Ok(())
    })
    .await
}

async fn fetch_keys<A: 'static>(
    keyring: &Keyring,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<Vec<Keys>> {
    let wanted = envelopes.iter().map(|envelope| async move {
        let Some(subscription) = subscription(consumers, envelope) else {
            return Ok(Keys::default());
        };
        let refs = (subscription.refs)(envelope);
        keyring.keys(subscription.purpose, &refs).await
    });
    Ok(futures_util::future::try_join_all(wanted).await?)
}

/// The ids not seen before. A concurrent handler of the same id waits for the other's commit.
async fn note_in_inbox(conn: &mut Conn, envelopes: &[Envelope]) -> Result<HashSet<Uuid>, DbError> {
    let mut ids: Vec<Uuid> = envelopes.iter().map(|e| e.id).collect();
    ids.sort_unstable();
    ids.dedup();
    // One parameter however many they are, so that the statement is prepared once.
    let fresh: Vec<Uuid> = insert_into(inbox::table)
        .values(diesel::select(unnest(ids)))
        .into_columns(inbox::event_id)
        .on_conflict_do_nothing()
        .returning(inbox::event_id)
        .get_results(conn)
        .await?;
    Ok(fresh.into_iter().collect())
}

/// The inbox belongs to no tenant; the handlers run as the service's own role, bound to their event's tenant.
async fn leave_worker_role(conn: &mut Conn) -> Result<(), DbError> {
    use diesel_async::SimpleAsyncConnection as _;
    Ok(conn.batch_execute("SET LOCAL ROLE NONE").await?)
}
