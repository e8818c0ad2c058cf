//! Creates the suite's Kafka topics, and corrects the settings of those that exist.
//!
//! The settings keep a promise: a record is deleted at the latest `retention.ms` + `segment.ms` + the interval of the
//! broker's checks + `file.delete.delay.ms` after it was written (docs/privacy.md). The broker dates the records: if the
//! clock of a producer were days behind, new records would be old enough to be deleted before they are read.

use std::time::Duration;

use anyhow::Context as _;
use contracts::{SEGMENT_HOURS, TOPICS};
use rdkafka::{
    admin::{
        AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigSource, NewTopic,
        OwnedResourceSpecifier, ResourceSpecifier, TopicReplication,
    },
    client::DefaultClientContext,
    types::RDKafkaErrorCode,
};

use crate::events::kafka::Kafka;

const HOUR_MS: i64 = 3_600_000;
/// How long the broker keeps the files of a deleted segment, in milliseconds.
const FILE_DELETE_DELAY_MS: i64 = 60_000;
/// Longest time between the broker's checks for old segments; Kafka's default.
const MAX_CHECK_INTERVAL_MS: i64 = 300_000;
const CHECK_INTERVAL: &str = "log.retention.check.interval.ms";
const METADATA_WAIT: Duration = Duration::from_secs(10);

type Admin = AdminClient<DefaultClientContext>;

/// The changes that were made.
#[derive(Debug)]
pub struct Report {
    /// Full names of the topics that were missing, e.g. `folkmoot.campaigns.actions.v1`.
    pub created: Vec<String>,
    /// Full names of the topics whose settings differed.
    pub changed: Vec<String>,
}

struct TopicSpec {
    name: String,
    partitions: i32,
    settings: [(&'static str, String); 5],
}

/// Creates or corrects all topics and dead-letter topics; `consumers` lists pairs of topic and service. Other settings,
/// which operators made, stay. Fails if a broker checks for old records so rarely that they would outlive the promise.
pub async fn ensure(
    kafka: &Kafka,
    consumers: &[(&str, &str)],
    replicas: i32,
) -> anyhow::Result<Report> {
    let admin = kafka.admin()?;
    let mut specs = topic_specs(kafka, consumers);
    let created = create(&admin, &specs, replicas).await?;
    specs.retain(|topic| !created.contains(&topic.name));
    let changed = correct(&admin, &specs).await?;
    check_brokers(admin).await?;
    Ok(Report { created, changed })
}

fn topic_specs(kafka: &Kafka, consumers: &[(&str, &str)]) -> Vec<TopicSpec> {
    let mut specs = Vec::new();
    for topic in TOPICS {
        let dead = consumers.iter().filter(|(name, _)| *name == topic.name);
        let dead = dead.map(|(name, service)| (kafka.dead_topic(name, service), 1));
        let all = [(kafka.topic(topic.name), topic.partitions)].into_iter().chain(dead);
        specs.extend(all.map(|(name, partitions)| TopicSpec {
            name,
            partitions,
            settings: settings(topic.retention_hours),
        }));
    }
    specs
}

fn settings(retention_hours: i64) -> [(&'static str, String); 5] {
    [
        ("cleanup.policy", "delete".to_owned()),
        ("retention.ms", (retention_hours * HOUR_MS).to_string()),
        ("segment.ms", (SEGMENT_HOURS * HOUR_MS).to_string()),
        ("file.delete.delay.ms", FILE_DELETE_DELAY_MS.to_string()),
        ("message.timestamp.type", "LogAppendTime".to_owned()),
    ]
}

async fn create(admin: &Admin, specs: &[TopicSpec], replicas: i32) -> anyhow::Result<Vec<String>> {
    let topics: Vec<NewTopic<'_>> = specs
        .iter()
        .map(|topic| {
            let replication = TopicReplication::Fixed(replicas);
            let new = NewTopic::new(&topic.name, topic.partitions, replication);
            topic.settings.iter().fold(new, |new, (key, value)| new.set(key, value))
        })
        .collect();
    let mut created = Vec::new();
    for outcome in admin.create_topics(&topics, &AdminOptions::new()).await? {
        match outcome {
            Ok(name) => created.push(name),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => anyhow::bail!("failed to create the topic {name}: {code}"),
        }
    }
    Ok(created)
}

/// Changes the settings that differ. Kafka resets every setting that such a request omits, so it repeats the operators'.
async fn correct(admin: &Admin, specs: &[TopicSpec]) -> anyhow::Result<Vec<String>> {
    if specs.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = specs.iter().map(|it| ResourceSpecifier::Topic(&it.name)).collect();
    let mut present = Vec::new();
    for described in admin.describe_configs(&names, &AdminOptions::new()).await? {
        present.push(described.context("failed to read the settings of a topic")?);
    }
    let differ: Vec<(&TopicSpec, &ConfigResource)> = specs
        .iter()
        .filter_map(|topic| Some((topic, present.iter().find(|it| is_topic(it, &topic.name))?)))
        .filter(|(topic, present)| {
            topic.settings.iter().any(|it| value(present, it.0) != Some(&it.1))
        })
        .collect();
    let changes: Vec<AlterConfig<'_>> = differ.iter().map(|(it, now)| change(it, now)).collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    for outcome in admin.alter_configs(&changes, &AdminOptions::new()).await? {
        outcome.map_err(|(topic, code)| {
            anyhow::anyhow!("failed to change the settings of {topic:?}: {code}")
        })?;
    }
    Ok(differ.iter().map(|(topic, _)| topic.name.clone()).collect())
}

fn change<'a>(spec: &'a TopicSpec, present: &'a ConfigResource) -> AlterConfig<'a> {
    let is_ours = |key: &str| spec.settings.iter().any(|(name, _)| *name == key);
    let operators = present.entries.iter().filter_map(|entry| {
        let is_set = entry.source == ConfigSource::DynamicTopic && !is_ours(&entry.name);
        Some((entry.name.as_str(), entry.value.as_deref().filter(|_value| is_set)?))
    });
    let ours = spec.settings.iter().map(|(key, value)| (*key, value.as_str()));
    let change = AlterConfig::new(ResourceSpecifier::Topic(&spec.name));
    operators.chain(ours).fold(change, |change, (key, value)| change.set(key, value))
}

fn is_topic(resource: &ConfigResource, topic: &str) -> bool {
    matches!(&resource.specifier, OwnedResourceSpecifier::Topic(name) if name == topic)
}

fn value<'a>(resource: &'a ConfigResource, key: &str) -> Option<&'a String> {
    resource.get(key)?.value.as_ref()
}

/// Checks the one setting that is not a topic's. A broker that does not reveal its settings is trusted.
async fn check_brokers(admin: Admin) -> anyhow::Result<()> {
    let admin = std::sync::Arc::new(admin);
    let client = admin.clone();
    let metadata =
        tokio::task::spawn_blocking(move || client.inner().fetch_metadata(None, METADATA_WAIT))
            .await?
            .context("failed to list the brokers")?;
    for id in metadata.brokers().iter().map(rdkafka::metadata::MetadataBroker::id) {
        let broker = [ResourceSpecifier::Broker(id)];
        let described = admin.describe_configs(&broker, &AdminOptions::new()).await;
        let interval = described.ok().and_then(|all| {
            let resource = all.into_iter().next()?.ok()?;
            value(&resource, CHECK_INTERVAL)?.parse::<i64>().ok()
        });
        if let Some(interval) = interval {
            check_interval(id, interval)?;
        } else {
            tracing::warn!(broker = id, "{CHECK_INTERVAL} of a broker could not be read");
        }
    }
    Ok(())
}

fn check_interval(broker: i32, interval_ms: i64) -> anyhow::Result<()> {
    anyhow::ensure!(
        interval_ms <= MAX_CHECK_INTERVAL_MS,
        "broker {broker}: {CHECK_INTERVAL} is {interval_ms} and must be at most {MAX_CHECK_INTERVAL_MS}, \
         or records outlive the time that docs/privacy.md promises"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_checks_too_rarely_is_an_error() {
        assert!(check_interval(1, MAX_CHECK_INTERVAL_MS).is_ok());
        let error = check_interval(7, MAX_CHECK_INTERVAL_MS + 1).unwrap_err().to_string();
        assert!(error.contains("broker 7: log.retention.check.interval.ms is 300001"), "{error}");
    }
}
