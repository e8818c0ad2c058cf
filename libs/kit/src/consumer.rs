//! Consumers: events in, exactly once in effect.
//!
//! For a batch of records the loop asks the keyring for the keys the handlers declared, then opens one transaction in which
//! it writes the inbox rows and runs the handlers, then commits, then stores the offsets. A failing batch is run again
//! record by record; a record that keeps failing goes to `<topic>.<service>.dead`, so nothing blocks for ever.

use std::{collections::HashSet, pin::Pin, rc::Rc, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use contracts::{
    Event,
    keyring::{Compartment, KeyRef, Purpose},
};
use diesel::{insert_into, prelude::*};
use diesel_async::RunQueryDsl;
use futures_util::StreamExt as _;
use rdkafka::{
    consumer::{Consumer as _, StreamConsumer},
    message::BorrowedMessage,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    db::{Conn, Db, DbError, become_tenant},
    envelope::Envelope,
    job::Nudge,
    kafka::Kafka,
    keyring::{Keyring, Keys},
    relay::Wake,
};

/// Most records handled in one transaction.
const BATCH: usize = 200;
/// Tries of one record before it is put aside as dead.
const TRIES: u32 = 5;
/// First wait between tries; doubles.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
/// Wait while the database or the keyring is away. Such waits do not count as tries.
const OUTAGE_WAIT: Duration = Duration::from_millis(500);

diesel::table! {
    inbox (event_id) {
        event_id -> Uuid,
        handled_at -> Timestamptz,
    }
}

/// An event as a handler gets it.
#[derive(Debug)]
pub struct Received<E> {
    /// The event's id: bound into its sealed fields.
    pub id: Uuid,
    /// Whose it is; the transaction is bound to this tenant.
    pub tenant_id: Uuid,
    /// When it was recorded.
    pub time: DateTime<Utc>,
    /// The event.
    pub data: E,
    /// The keys the subscription declared, for this event's subject.
    pub keys: Keys,
}

type Fut<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + 'a>>;
type Handle<A> = Box<dyn for<'a> Fn(&'a A, &'a mut Conn, &'a Envelope, Keys) -> Fut<'a>>;
type RefsOf = Box<dyn Fn(&Envelope) -> Vec<KeyRef>>;

struct Subscription<A> {
    topic: &'static str,
    kind: &'static str,
    purpose: Purpose,
    refs: RefsOf,
    handle: Handle<A>,
}

/// What a service listens to; built in its `consumers.rs`.
pub struct Consumers<A> {
    subscriptions: Vec<Subscription<A>>,
    nudges: Vec<&'static str>,
}

impl<A: 'static> Consumers<A> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { subscriptions: Vec::new(), nudges: Vec::new() }
    }

    /// Wakes a job of the service after each commit: a handler cannot, since its rows are not yet visible.
    #[must_use]
    pub fn nudging(mut self, job: &'static str) -> Self {
        self.nudges.push(job);
        self
    }

    /// Handles events without sealed fields.
    #[must_use]
    pub fn on<E: Event>(
        self,
        handler: impl AsyncFn(&A, &mut Conn, Received<E>) -> anyhow::Result<()> + 'static,
    ) -> Self {
        self.on_sealed(Purpose::Record, &[], handler)
    }

    /// Handles events whose sealed fields are opened for `purpose`; the keys are there before the transaction opens.
    #[must_use]
    pub fn on_sealed<E: Event>(
        mut self,
        purpose: Purpose,
        compartments: &'static [Compartment],
        handler: impl AsyncFn(&A, &mut Conn, Received<E>) -> anyhow::Result<()> + 'static,
    ) -> Self {
        let handler = Rc::new(handler);
        self.subscriptions.push(Subscription {
            topic: E::TOPIC,
            kind: E::TYPE,
            purpose,
            refs: Box::new(move |envelope| refs::<E>(envelope, compartments)),
            handle: Box::new(move |app, conn, envelope, keys| {
                let handler = handler.clone();
                Box::pin(async move {
                    let data: E = serde_json::from_slice(&envelope.data)?;
                    let Envelope { id, tenant_id, time, .. } = *envelope;
                    handler(app, conn, Received { id, tenant_id, time, data, keys }).await
                })
            }),
        });
        self
    }

    /// The topics listened to, without prefix.
    pub fn topics(&self) -> Vec<&'static str> {
        let topics: HashSet<_> = self.subscriptions.iter().map(|s| s.topic).collect();
        topics.into_iter().collect()
    }

    /// The event types handled.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.subscriptions.iter().map(|s| s.kind).collect()
    }
}

impl<A: 'static> Default for Consumers<A> {
    fn default() -> Self {
        Self::new()
    }
}

fn refs<E: Event>(envelope: &Envelope, compartments: &[Compartment]) -> Vec<KeyRef> {
    if compartments.is_empty() {
        return Vec::new();
    }
    let Ok(event) = serde_json::from_slice::<E>(&envelope.data) else { return Vec::new() };
    let Some(subject_id) = event.subject() else { return Vec::new() };
    let tenant_id = envelope.tenant_id;
    compartments.iter().map(|&compartment| KeyRef { tenant_id, subject_id, compartment }).collect()
}

/// What the loop needs besides the handlers.
pub(crate) struct Context<A> {
    pub(crate) service: &'static str,
    pub(crate) app: Arc<A>,
    pub(crate) db: Db,
    pub(crate) kafka: Kafka,
    pub(crate) keyring: Keyring,
    pub(crate) wake: Wake,
    pub(crate) nudge: Nudge,
    pub(crate) stop: CancellationToken,
}

/// Consumes until `stop`. Restarts itself after a broken consumer.
pub(crate) async fn run<A: 'static>(context: Context<A>, consumers: Consumers<A>) {
    if consumers.subscriptions.is_empty() {
        return;
    }
    while !context.stop.is_cancelled() {
        if let Err(error) = consume(&context, &consumers).await {
            tracing::warn!(service = context.service, %error, "consumer interrupted");
            wait(&context, OUTAGE_WAIT).await;
        }
    }
}

async fn consume<A: 'static>(context: &Context<A>, consumers: &Consumers<A>) -> anyhow::Result<()> {
    let consumer = context.kafka.consumer(context.service)?;
    let topics: Vec<String> = consumers.topics().iter().map(|t| context.kafka.topic(t)).collect();
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    consumer.subscribe(&names)?;
    let mut batches = consumer.stream().ready_chunks(BATCH);
    loop {
        let batch = tokio::select! {
            batch = batches.next() => batch,
            () = context.stop.cancelled() => None,
        };
        let Some(batch) = batch else { break };
        let messages: Vec<BorrowedMessage<'_>> = batch.into_iter().collect::<Result<_, _>>()?;
        handle_batch(context, consumers, &messages).await?;
        store(&consumer, &messages)?;
        if context.stop.is_cancelled() {
            break;
        }
    }
    drop(batches);
    leave(consumer);
    Ok(())
}

/// Librdkafka may block while it leaves its group, so it does so on a thread of its own.
fn leave(consumer: StreamConsumer) {
    drop(std::thread::spawn(move || {
        let _ = consumer.commit_consumer_state(rdkafka::consumer::CommitMode::Sync);
        consumer.unsubscribe();
    }));
}

fn store(consumer: &StreamConsumer, messages: &[BorrowedMessage<'_>]) -> anyhow::Result<()> {
    for message in messages {
        consumer.store_offset_from_message(message)?;
    }
    Ok(())
}

async fn handle_batch<A: 'static>(
    context: &Context<A>,
    consumers: &Consumers<A>,
    messages: &[BorrowedMessage<'_>],
) -> anyhow::Result<()> {
    let mut envelopes = Vec::with_capacity(messages.len());
    for message in messages {
        match Envelope::read(message) {
            Ok(envelope) => envelopes.push(envelope),
            Err(error) => crate::dead::bury(context, message, &error).await?,
        }
    }
    envelopes.retain(|e| subscription(consumers, e).is_some());
    if envelopes.is_empty() {
        return Ok(());
    }
    match handle(context, consumers, &envelopes).await {
        Ok(()) => {}
        Err(error) => {
            tracing::debug!(service = context.service, %error, "batch failed; one by one");
            for envelope in &envelopes {
                handle_alone(context, consumers, envelope).await?;
            }
        }
    }
    context.wake.wake();
    for job in &consumers.nudges {
        context.nudge.nudge(job);
    }
    metrics::counter!("folkmoot_events_handled_total", "service" => context.service)
        .increment(envelopes.len().try_into().unwrap_or(0));
    Ok(())
}

async fn handle_alone<A: 'static>(
    context: &Context<A>,
    consumers: &Consumers<A>,
    envelope: &Envelope,
) -> anyhow::Result<()> {
    let mut tries = 0;
    let mut backoff = FIRST_BACKOFF;
    loop {
        let Err(error) = handle(context, consumers, std::slice::from_ref(envelope)).await else {
            return Ok(());
        };
        if context.stop.is_cancelled() {
            return Err(error);
        }
        if is_outage(&error) {
            wait(context, OUTAGE_WAIT).await;
            continue;
        }
        tries += 1;
        if tries >= TRIES {
            tracing::error!(service = context.service, event = %envelope.id, kind = envelope.kind, error = format!("{error:#}"), "event put aside");
            return crate::dead::bury_envelope(context, envelope, &error).await;
        }
        wait(context, backoff).await;
        backoff *= 2;
    }
}

fn is_outage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref::<DbError>(), Some(DbError::Unavailable(_)))
            || matches!(
                cause.downcast_ref::<crate::keyring::KeyringError>(),
                Some(crate::keyring::KeyringError::Unavailable(_))
            )
    })
}

async fn handle<A: 'static>(
    context: &Context<A>,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<()> {
    handle_in(&*context.app, &context.db, &context.keyring, consumers, envelopes).await
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

async fn handle_in<A: 'static>(
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
            (subscription.handle)(app, conn, envelope, keys).await?;
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
    let rows: Vec<_> = ids.into_iter().map(|id| inbox::event_id.eq(id)).collect();
    let fresh: Vec<Uuid> = insert_into(inbox::table)
        .values(&rows)
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

fn subscription<'a, A>(
    consumers: &'a Consumers<A>,
    envelope: &Envelope,
) -> Option<&'a Subscription<A>> {
    consumers.subscriptions.iter().find(|s| s.kind == envelope.kind)
}

async fn wait<A>(context: &Context<A>, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = context.stop.cancelled() => {}
    }
}
