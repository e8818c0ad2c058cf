//! The consumer loop: reads batches from Kafka, retries what fails, moves what keeps failing to the dead-letter topic,
//! and stores offsets after the commit.

use std::{rc::Rc, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use rdkafka::{
    consumer::{Consumer as _, StreamConsumer},
    error::KafkaError,
    message::BorrowedMessage,
    types::RDKafkaErrorCode,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Consumers, inbox, subscription};
use crate::{
    db::{Db, DbError},
    events::{
        backlog, dead_letters,
        envelope::Envelope,
        error_kinds,
        kafka::{self, Kafka},
        relay::RelayWaker,
    },
    jobs::JobWaker,
    keyring::{Keyring, KeyringError},
    tasks::spawn_loop,
};

/// Most records handled in one transaction.
const BATCH: usize = 200;
/// Attempts at one record before it becomes a dead letter.
const MAX_ATTEMPTS: u32 = 5;
/// Wait before the second attempt; it doubles with each further one.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
/// Wait while the database or the keyring is unavailable, which does not count as an attempt.
const OUTAGE_WAIT: Duration = Duration::from_millis(500);

pub(crate) struct Context<A> {
    pub(crate) service: &'static str,
    pub(crate) app: Arc<A>,
    pub(crate) db: Db,
    pub(crate) kafka: Kafka,
    pub(crate) keyring: Keyring,
    pub(crate) relay: RelayWaker,
    pub(crate) jobs: JobWaker,
    pub(crate) stop: CancellationToken,
}

/// Starts to consume on the current local set, and to measure how far that is behind.
pub(crate) fn start<A: 'static>(
    context: Context<A>,
    consumers: Consumers<A>,
) -> Vec<JoinHandle<()>> {
    if consumers.subscriptions.is_empty() {
        return Vec::new();
    }
    let stop = context.stop.clone();
    let (service, kafka, topics) = (context.service, context.kafka.clone(), consumers.topics());
    let backlog = move |stop| backlog::run(service, kafka.clone(), topics.clone(), stop);
    let work = Rc::new((context, consumers));
    let consume = move |_| consume_until_stop(work.clone());
    vec![spawn_loop("backlog", stop.clone(), backlog), spawn_loop("consumer", stop, consume)]
}

/// Starts again after an error.
async fn consume_until_stop<A: 'static>(work: Rc<(Context<A>, Consumers<A>)>) {
    let (context, consumers) = &*work;
    while !context.stop.is_cancelled() {
        if let Err(error) = consume(context, consumers).await {
            tracing::warn!(service = context.service, %error, "consumer failed; restarting");
            wait(context, OUTAGE_WAIT).await;
        }
    }
}

async fn consume<A: 'static>(context: &Context<A>, consumers: &Consumers<A>) -> anyhow::Result<()> {
    let consumer = context.kafka.consumer(context.service)?;
    let topics: Vec<String> = consumers.topics().iter().map(|t| context.kafka.topic(t)).collect();
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    consumer.subscribe(&names)?;
    let outcome = handle_batches(context, consumers, &consumer).await;
    kafka::close(consumer).await;
    outcome
}

async fn handle_batches<A: 'static>(
    context: &Context<A>,
    consumers: &Consumers<A>,
    consumer: &StreamConsumer,
) -> anyhow::Result<()> {
    let mut batches = consumer.stream().ready_chunks(BATCH);
    while let Some(Some(batch)) = context.stop.run_until_cancelled(batches.next()).await {
        let messages: Vec<BorrowedMessage<'_>> = batch.into_iter().collect::<Result<_, _>>()?;
        handle_batch(context, consumers, &messages).await?;
        store_offsets(consumer, &messages)?;
    }
    Ok(())
}

fn store_offsets(
    consumer: &StreamConsumer,
    messages: &[BorrowedMessage<'_>],
) -> anyhow::Result<()> {
    for message in messages {
        match consumer.store_offset_from_message(message) {
            // The partition was reassigned meanwhile. The inbox keeps its new consumer from handling the event again.
            Ok(()) | Err(KafkaError::StoreOffset(RDKafkaErrorCode::State)) => {}
            Err(error) => return Err(error.into()),
        }
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
            Err(error) => {
                let (kafka, service) = (&context.kafka, context.service);
                dead_letters::publish_record(kafka, service, message, &error).await?;
            }
        }
    }
    envelopes.retain(|e| subscription(consumers, e).is_some());
    if envelopes.is_empty() {
        return Ok(());
    }
    match handle(context, consumers, &envelopes).await {
        Ok(()) => {}
        Err(error) => {
            let error = error_kinds::summary(&error);
            tracing::debug!(
                service = context.service,
                error,
                "batch failed; retrying its events one by one"
            );
            for envelope in &envelopes {
                handle_with_retries(context, consumers, envelope).await?;
            }
        }
    }
    context.relay.wake();
    for job in &consumers.woken_jobs {
        context.jobs.wake(job);
    }
    metrics::counter!("folkmoot_events_handled_total", "service" => context.service)
        .increment(envelopes.len().try_into().unwrap_or(0));
    Ok(())
}

async fn handle_with_retries<A: 'static>(
    context: &Context<A>,
    consumers: &Consumers<A>,
    envelope: &Envelope,
) -> anyhow::Result<()> {
    let mut attempts = 0;
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
        attempts += 1;
        if attempts >= MAX_ATTEMPTS {
            let summary = error_kinds::summary(&error);
            tracing::error!(service = context.service, event = %envelope.id, kind = envelope.kind, error = summary, "event moved to dead-letter topic");
            let (kafka, service) = (&context.kafka, context.service);
            return dead_letters::publish_event(kafka, service, envelope, &error).await;
        }
        wait(context, backoff).await;
        backoff *= 2;
    }
}

fn is_outage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref::<DbError>(), Some(DbError::Unavailable(_)))
            || matches!(cause.downcast_ref::<KeyringError>(), Some(KeyringError::Unavailable(_)))
    })
}

async fn handle<A: 'static>(
    context: &Context<A>,
    consumers: &Consumers<A>,
    envelopes: &[Envelope],
) -> anyhow::Result<()> {
    inbox::handle_all(&*context.app, &context.db, &context.keyring, consumers, envelopes).await
}

async fn wait<A>(context: &Context<A>, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = context.stop.cancelled() => {}
    }
}
