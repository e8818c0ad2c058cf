//! Dead letters: records that a consumer could not handle. They are kept with their error and replayed by command.

use std::{collections::HashMap, time::Duration};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use rdkafka::{
    consumer::Consumer as _,
    message::{BorrowedMessage, Header, Message as _, OwnedHeaders},
    producer::FutureRecord,
};

use crate::events::{envelope::Envelope, error_kinds, kafka::Kafka};

const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the first dead letter may take: the broker waits for members of the group before it assigns partitions.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// A replay ends when no dead letter has arrived for this long.
const NEXT_WAIT: Duration = Duration::from_secs(3);

/// Moves a record that cannot be read to the dead-letter topic.
pub(crate) async fn publish_record(
    kafka: &Kafka,
    service: &'static str,
    message: &BorrowedMessage<'_>,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let headers =
        message.headers().map(rdkafka::message::BorrowedHeaders::detach).unwrap_or_default();
    let (key, payload) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
    let record = Record { topic: message.topic(), key, payload, headers };
    publish(kafka, service, record, error).await
}

/// Moves an event whose handler keeps failing to the dead-letter topic.
pub(crate) async fn publish_event(
    kafka: &Kafka,
    service: &'static str,
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
    let (topic, key, payload) = (&envelope.topic, &envelope.key, &envelope.data);
    publish(kafka, service, Record { topic, key, payload, headers }, error).await
}

struct Record<'a> {
    topic: &'a str,
    key: &'a [u8],
    payload: &'a [u8],
    headers: OwnedHeaders,
}

async fn publish(
    kafka: &Kafka,
    service: &'static str,
    record: Record<'_>,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let Record { topic, key, payload, headers } = record;
    let dead = format!("{topic}.{service}.dead");
    let headers = headers
        .insert(header("folkmoot_source_topic", topic))
        .insert(header("folkmoot_error", &error_kinds::summary(error)));
    let record = FutureRecord::to(&dead).key(key).payload(payload).headers(headers);
    let producer = kafka.producer()?;
    producer
        .send(record, SEND_TIMEOUT)
        .await
        .map_err(|(e, _)| e)
        .context("failed to write to the dead-letter topic")?;
    metrics::counter!("folkmoot_dead_letters_total", "service" => service).increment(1);
    Ok(())
}

/// Publishes the dead letters of one consumer on their topic again and returns how many. They have no inbox rows, so they
/// are handled again. Dead letters that arrive meanwhile are left for the next replay: an error that persists would
/// otherwise keep this one running for ever.
pub async fn replay(kafka: &Kafka, topic: &str, service: &str) -> anyhow::Result<usize> {
    let dead = kafka.dead_topic(topic, service);
    let ends = end_offsets(kafka, service, dead.clone()).await?;
    let consumer = kafka.consumer(&format!("{service}.replay"))?;
    consumer.subscribe(&[&dead])?;
    let producer = kafka.producer()?;
    let source = kafka.topic(topic);
    let mut count = 0;
    let mut stream = consumer.stream();
    let mut wait = if ends.values().any(|end| *end > 0) { FIRST_WAIT } else { NEXT_WAIT };
    while let Ok(Some(message)) = tokio::time::timeout(wait, stream.next()).await {
        let message = message?;
        wait = NEXT_WAIT;
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

/// The current end offset of each partition of a topic.
async fn end_offsets(
    kafka: &Kafka,
    service: &str,
    topic: String,
) -> anyhow::Result<HashMap<i32, i64>> {
    let consumer = kafka.consumer(&format!("{service}.replay"))?;
    let fetch = move || -> anyhow::Result<HashMap<i32, i64>> {
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
    tokio::task::spawn_blocking(fetch)
        .await?
        .context("failed to fetch the end offsets of the dead letters")
}

fn header<'a>(key: &'a str, value: &'a str) -> Header<'a, &'a str> {
    Header { key, value: Some(value) }
}
