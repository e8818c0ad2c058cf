//! Dead letters: what a consumer could not handle, kept with its error, replayable by command.

use std::{collections::HashMap, time::Duration};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use rdkafka::{
    consumer::Consumer as _,
    message::{BorrowedMessage, Header, Message as _, OwnedHeaders},
    producer::FutureRecord,
};

use crate::{consumer::work::Context, envelope::Envelope, fault, kafka::Kafka};

const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// The first one may take longer: a broker lets a group's members gather before it deals out partitions.
const JOINING: Duration = Duration::from_secs(30);
/// Replay ends when no dead letter has come for this long; joining its group takes most of it.
const QUIET: Duration = Duration::from_secs(3);

/// Puts an unreadable record aside.
pub(crate) async fn bury<A>(
    context: &Context<A>,
    message: &BorrowedMessage<'_>,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let headers =
        message.headers().map(rdkafka::message::BorrowedHeaders::detach).unwrap_or_default();
    let key = message.key().unwrap_or_default();
    put(context, message.topic(), key, message.payload().unwrap_or_default(), headers, error).await
}

/// Puts aside an event whose handler keeps failing.
pub(crate) async fn bury_envelope<A>(
    context: &Context<A>,
    envelope: &Envelope,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let mut headers = OwnedHeaders::new()
        .insert(header("ce_specversion", "1.0"))
        .insert(header("ce_id", &envelope.id.to_string()))
        .insert(header("ce_type", &format!("org.folkmoot.{}", envelope.kind)))
        .insert(header("ce_time", &envelope.time.to_rfc3339()))
        .insert(header("ce_tenantid", &envelope.tenant_id.to_string()));
    if let Some(traceparent) = &envelope.traceparent {
        headers = headers.insert(header("traceparent", traceparent));
    }
    put(context, &envelope.topic, &envelope.key, &envelope.data, headers, error).await
}

async fn put<A>(
    context: &Context<A>,
    topic: &str,
    key: &[u8],
    payload: &[u8],
    headers: OwnedHeaders,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let dead = format!("{topic}.{}.dead", context.service);
    let headers = headers
        .insert(header("folkmoot_source_topic", topic))
        .insert(header("folkmoot_error", &fault::kinds(error)));
    let record = FutureRecord::to(&dead).key(key).payload(payload).headers(headers);
    let producer = context.kafka.producer()?;
    producer
        .send(record, SEND_TIMEOUT)
        .await
        .map_err(|(e, _)| e)
        .context("the dead-letter topic refused")?;
    metrics::counter!("folkmoot_dead_letters_total", "service" => context.service).increment(1);
    Ok(())
}

/// Puts the dead letters of one consumer back on their topic; gives how many. The inbox row is not written when an event is
/// buried, so that it is handled when it comes again. Those that are buried while it works are left for the next replay: a
/// fault that lasts would otherwise keep it going for ever.
pub async fn replay(kafka: &Kafka, topic: &str, service: &str) -> anyhow::Result<usize> {
    let dead = kafka.dead_topic(topic, service);
    let ends = ends(kafka, service, dead.clone()).await?;
    let consumer = kafka.consumer(&format!("{service}.replay"))?;
    consumer.subscribe(&[&dead])?;
    let producer = kafka.producer()?;
    let source = kafka.topic(topic);
    let mut count = 0;
    let mut stream = consumer.stream();
    let mut patience = if ends.values().any(|end| *end > 0) { JOINING } else { QUIET };
    while let Ok(Some(message)) = tokio::time::timeout(patience, stream.next()).await {
        let message = message?;
        patience = QUIET;
        if ends.get(&message.partition()).is_none_or(|end| message.offset() >= *end) {
            continue;
        }
        let headers =
            message.headers().map(rdkafka::message::BorrowedHeaders::detach).unwrap_or_default();
        let record = FutureRecord::to(&source)
            .key(message.key().unwrap_or_default())
            .payload(message.payload().unwrap_or_default())
            .headers(headers);
        producer.send(record, SEND_TIMEOUT).await.map_err(|(e, _)| e)?;
        consumer.store_offset_from_message(&message)?;
        count += 1;
    }
    Ok(count)
}

/// Where each partition of a topic ends now.
async fn ends(kafka: &Kafka, service: &str, topic: String) -> anyhow::Result<HashMap<i32, i64>> {
    let consumer = kafka.consumer(&format!("{service}.replay"))?;
    let ask = move || -> anyhow::Result<HashMap<i32, i64>> {
        let metadata = consumer.fetch_metadata(Some(&topic), SEND_TIMEOUT)?;
        let partitions =
            metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions);
        partitions
            .map(|partition| {
                let (_, end) = consumer.fetch_watermarks(&topic, partition.id(), SEND_TIMEOUT)?;
                Ok((partition.id(), end))
            })
            .collect()
    };
    tokio::task::spawn_blocking(ask).await?.context("failed to ask where the dead letters end")
}

fn header<'a>(key: &'a str, value: &'a str) -> Header<'a, &'a str> {
    Header { key, value: Some(value) }
}
