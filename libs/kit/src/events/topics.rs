//! The suite's Kafka topics: created with their settings, and brought back to them where they exist already.
//!
//! The settings hold a promise about time. A record is deleted at the latest `retention.ms` + `segment.ms` + the broker's
//! check + `file.delete.delay.ms` after it was written (docs/privacy.md). The broker dates records: by the clock of a
//! producer that is days behind, a new record would be old enough to be deleted before anybody has read it.

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
/// How long the broker keeps the files of a deleted segment.
const FILE_DELETE_DELAY_MS: i64 = 60_000;
/// Longest time between the broker's checks for old segments; Kafka's default.
const MAX_CHECK_INTERVAL_MS: i64 = 300_000;
const CHECK_INTERVAL: &str = "log.retention.check.interval.ms";
const METADATA_WAIT: Duration = Duration::from_secs(10);

type Admin = AdminClient<DefaultClientContext>;

/// What was done.
#[derive(Debug)]
pub struct Report {
    /// Full names of the topics that were missing.
    pub created: Vec<String>,
    /// Full names of the topics whose settings differed.
    pub changed: Vec<String>,
}

struct Wanted {
    name: String,
    partitions: i32,
    settings: [(&'static str, String); 5],
}

/// Makes the topics and dead-letter topics as they must be; `consumers` names (topic, service). Settings of theirs that are
/// not ours, an operator's, stay. An error when a broker checks so seldom that records would outlive the promise.
pub async fn ensure(
    kafka: &Kafka,
    consumers: &[(&str, &str)],
    replicas: i32,
) -> anyhow::Result<Report> {
    let admin = kafka.admin()?;
    let mut wanted = wanted(kafka, consumers);
    let created = create(&admin, &wanted, replicas).await?;
    wanted.retain(|topic| !created.contains(&topic.name));
    let changed = correct(&admin, &wanted).await?;
    check_brokers(admin).await?;
    Ok(Report { created, changed })
}

fn wanted(kafka: &Kafka, consumers: &[(&str, &str)]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for topic in TOPICS {
        let dead = consumers.iter().filter(|(name, _)| *name == topic.name);
        let dead = dead.map(|(name, service)| (kafka.dead_topic(name, service), 1));
        let all = [(kafka.topic(topic.name), topic.partitions)].into_iter().chain(dead);
        wanted.extend(all.map(|(name, partitions)| Wanted {
            name,
            partitions,
            settings: settings(topic.retention_hours),
        }));
    }
    wanted
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

async fn create(admin: &Admin, wanted: &[Wanted], replicas: i32) -> anyhow::Result<Vec<String>> {
    let topics: Vec<NewTopic<'_>> = wanted
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

/// Sets what differs. Kafka resets whatever such a request leaves out, so an operator's settings are repeated in it.
async fn correct(admin: &Admin, wanted: &[Wanted]) -> anyhow::Result<Vec<String>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = wanted.iter().map(|it| ResourceSpecifier::Topic(&it.name)).collect();
    let mut present = Vec::new();
    for described in admin.describe_configs(&names, &AdminOptions::new()).await? {
        present.push(described.context("failed to read the settings of a topic")?);
    }
    let differ: Vec<(&Wanted, &ConfigResource)> = wanted
        .iter()
        .filter_map(|topic| Some((topic, present.iter().find(|it| is_of(it, &topic.name))?)))
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

fn change<'a>(wanted: &'a Wanted, present: &'a ConfigResource) -> AlterConfig<'a> {
    let is_ours = |key: &str| wanted.settings.iter().any(|(name, _)| *name == key);
    let operators = present.entries.iter().filter_map(|entry| {
        let is_set = entry.source == ConfigSource::DynamicTopic && !is_ours(&entry.name);
        Some((entry.name.as_str(), entry.value.as_deref().filter(|_value| is_set)?))
    });
    let ours = wanted.settings.iter().map(|(key, value)| (*key, value.as_str()));
    let change = AlterConfig::new(ResourceSpecifier::Topic(&wanted.name));
    operators.chain(ours).fold(change, |change, (key, value)| change.set(key, value))
}

fn is_of(resource: &ConfigResource, topic: &str) -> bool {
    matches!(&resource.specifier, OwnedResourceSpecifier::Topic(name) if name == topic)
}

fn value<'a>(resource: &'a ConfigResource, key: &str) -> Option<&'a String> {
    resource.get(key)?.value.as_ref()
}

/// The one setting of the promise that is not a topic's. A broker that does not show its settings is taken on trust.
async fn check_brokers(admin: Admin) -> anyhow::Result<()> {
    let admin = std::sync::Arc::new(admin);
    let asked = admin.clone();
    let metadata =
        tokio::task::spawn_blocking(move || asked.inner().fetch_metadata(None, METADATA_WAIT))
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
    fn a_broker_that_checks_too_seldom_is_an_error() {
        assert!(check_interval(1, MAX_CHECK_INTERVAL_MS).is_ok());
        let error = check_interval(7, MAX_CHECK_INTERVAL_MS + 1).unwrap_err().to_string();
        assert!(error.contains("broker 7: log.retention.check.interval.ms is 300001"), "{error}");
    }
}
