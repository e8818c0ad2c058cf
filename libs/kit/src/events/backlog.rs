//! How far a service is behind: the records that wait in its topics, the age of the oldest, and its dead letters.
//!
//! The figures come from the offsets that the group has committed, not from the consumer in this process. So each replica
//! reports the whole backlog, and it is right also for a partition that nobody consumes. Both clients here join no group
//! and commit nothing.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    metadata::{Metadata, MetadataTopic},
};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::kafka::{self, Kafka};
use crate::{tasks::catch_panic, telemetry};

const INTERVAL: Duration = Duration::from_secs(15);
/// Deadline of each request to the brokers.
const WAIT: Duration = Duration::from_secs(5);
/// Deadline for the oldest records of all partitions.
const FETCH_WAIT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(100);

/// A partition's records that wait for the group.
struct Waiting {
    topic: String,
    partition: i32,
    /// Offset of the first.
    first: i64,
    records: i64,
}

/// What waits in one topic.
#[derive(Default)]
struct Backlog {
    records: i64,
    /// Time of the oldest, in milliseconds since 1970; `None` if none waits or it was not fetched in time.
    oldest_ms: Option<i64>,
    dead_letters: i64,
}

/// Measures until `stop`. `topics` have no prefix.
pub(super) async fn run(
    service: &'static str,
    kafka: Kafka,
    topics: Vec<&'static str>,
    stop: CancellationToken,
) {
    let Ok(observer) = kafka.observer(service).map(Arc::new) else { return };
    loop {
        let (kafka, observer, topics) = (kafka.clone(), observer.clone(), topics.clone());
        let measuring = move || measure(service, &kafka, &observer, &topics);
        // Without a thread for it, Tokio panics, and librdkafka would end the process if it were asked for another client.
        let measured = catch_panic("backlog", async { spawn_blocking(measuring).await? });
        // A stop does not wait for brokers that are away.
        let Some(measured) = stop.run_until_cancelled(measured).await else { break };
        match measured.map_err(anyhow::Error::from).flatten() {
            Ok(backlogs) => backlogs.iter().for_each(|(topic, it)| report(service, topic, it)),
            Err(error) => tracing::debug!(service, %error, "failed to measure the backlog"),
        }
        if stop.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_none() {
            break;
        }
    }
    kafka::close(observer).await;
}

fn report(service: &'static str, topic: &'static str, backlog: &Backlog) {
    let labels = [("service", service), ("topic", topic)];
    metrics::gauge!("folkmoot_consumer_lag_records", &labels)
        .set(telemetry::number(backlog.records));
    metrics::gauge!("folkmoot_dead_letters_waiting", &labels)
        .set(telemetry::number(backlog.dead_letters));
    let age = match (backlog.records, backlog.oldest_ms) {
        (0, _) => 0.0,
        (_, Some(ms)) => telemetry::seconds_since(ms),
        (_, None) => return,
    };
    metrics::gauge!("folkmoot_consumer_lag_seconds", &labels).set(age);
}

fn measure(
    service: &'static str,
    kafka: &Kafka,
    observer: &BaseConsumer,
    topics: &[&'static str],
) -> anyhow::Result<BTreeMap<&'static str, Backlog>> {
    let metadata = observer.fetch_metadata(None, WAIT).context("failed to list the topics")?;
    let mut backlogs: BTreeMap<&'static str, Backlog> = BTreeMap::new();
    for &topic in topics {
        let backlog = backlogs.entry(topic).or_default();
        let waiting = waiting(observer, observer, &partitions(&metadata, &kafka.topic(topic)))?;
        backlog.records = waiting.iter().map(|it| it.records).sum();
        backlog.oldest_ms = oldest_ms(observer, &waiting)?;
        let dead = partitions(&metadata, &kafka.dead_topic(topic, service));
        if has_records(observer, &dead)? {
            let replay = kafka.observer(&format!("{service}.replay"))?;
            backlog.dead_letters =
                self::waiting(observer, &replay, &dead)?.iter().map(|it| it.records).sum();
        }
    }
    Ok(backlogs)
}

/// The partitions of a topic; none if there is no such topic.
fn partitions(metadata: &Metadata, topic: &str) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    let found = metadata.topics().iter().find(|it| it.name() == topic);
    for partition in found.into_iter().flat_map(MetadataTopic::partitions) {
        list.add_partition(topic, partition.id());
    }
    list
}

fn has_records(observer: &BaseConsumer, partitions: &TopicPartitionList) -> anyhow::Result<bool> {
    let begins = offsets(observer, partitions, Offset::Beginning)?;
    Ok(begins != offsets(observer, partitions, Offset::End)?)
}

/// What the group of `member` has not yet committed.
fn waiting(
    observer: &BaseConsumer,
    member: &BaseConsumer,
    partitions: &TopicPartitionList,
) -> anyhow::Result<Vec<Waiting>> {
    if partitions.count() == 0 {
        return Ok(Vec::new());
    }
    let committed = member.committed_offsets(partitions.clone(), WAIT).context("offsets")?;
    let begins = offsets(observer, partitions, Offset::Beginning)?;
    let ends = offsets(observer, partitions, Offset::End)?;
    let committed = committed.elements();
    let all = committed.iter().zip(begins).zip(ends).map(|((committed, begin), end)| {
        // A group that has committed nothing, or whose next record is deleted, continues at the first that there is.
        let first = committed.offset().to_raw().unwrap_or_default().max(begin);
        let (topic, partition) = (committed.topic().to_owned(), committed.partition());
        Waiting { topic, partition, first, records: (end - first).max(0) }
    });
    Ok(all.collect())
}

/// The first or the next offset of each partition, in their order.
fn offsets(
    observer: &BaseConsumer,
    partitions: &TopicPartitionList,
    which: Offset,
) -> anyhow::Result<Vec<i64>> {
    if partitions.count() == 0 {
        return Ok(Vec::new());
    }
    let mut list = partitions.clone();
    list.set_all_offsets(which)?;
    let found = observer.offsets_for_times(list, WAIT).context("failed to fetch offsets")?;
    let offset = |topic: &str, partition| found.find_partition(topic, partition)?.offset().to_raw();
    let all = partitions.elements();
    let all = all.iter().map(|it| offset(it.topic(), it.partition()).context("no offset"));
    all.collect()
}

/// Fetches the first record that waits in each partition.
fn oldest_ms(observer: &BaseConsumer, waiting: &[Waiting]) -> anyhow::Result<Option<i64>> {
    let mut list = TopicPartitionList::new();
    for Waiting { topic, partition, first, .. } in waiting.iter().filter(|it| it.records > 0) {
        list.add_partition_offset(topic, *partition, Offset::Offset(*first))?;
    }
    if list.count() == 0 {
        return Ok(None);
    }
    observer.assign(&list)?;
    let (mut found, until) = (BTreeMap::new(), Instant::now() + FETCH_WAIT);
    while found.len() < list.count() && Instant::now() < until {
        if let Some(Ok(message)) = observer.poll(POLL) {
            found.entry(message.partition()).or_insert(message.timestamp().to_millis());
        }
    }
    observer.unassign()?;
    Ok(found.into_values().flatten().min())
}
