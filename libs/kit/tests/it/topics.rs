//! The topics' settings at the broker, compared with what the documents promise.

use std::{fs, path::Path, time::Duration};

use contracts::TOPICS;
use futures_util::StreamExt as _;
use kit::{
    config::Env,
    events::{kafka::Kafka, topics},
    id::Ids,
};
use rdkafka::{
    ClientConfig, Message as _,
    admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication},
    client::DefaultClientContext,
    consumer::Consumer as _,
    producer::FutureRecord,
};
use testkit::wait::eventually;

const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;
const CONSUMERS: &[(&str, &str)] = &[("campaigns.actions.v1", "messaging")];

struct Broker {
    kafka: Kafka,
    admin: AdminClient<DefaultClientContext>,
}

impl Broker {
    fn new() -> Self {
        let brokers = testkit::setting("KAFKA_BROKERS");
        let pairs = [
            ("KAFKA_BROKERS", brokers.clone()),
            ("FOLKMOOT_TOPIC_PREFIX", format!("topics-{}", Ids.next().simple())),
        ];
        let kafka = Kafka::from_env(&mut Env::from_pairs(pairs));
        let admin = ClientConfig::new().set("bootstrap.servers", brokers).create().unwrap();
        Self { kafka, admin }
    }

    async fn setting(&self, resource: ResourceSpecifier<'_>, name: &str) -> String {
        let mut all = self.admin.describe_configs([&resource], &AdminOptions::new()).await.unwrap();
        let resource = all.pop().unwrap().unwrap();
        resource.get(name).and_then(|entry| entry.value.clone()).unwrap()
    }

    async fn ms(&self, resource: ResourceSpecifier<'_>, name: &str) -> i64 {
        self.setting(resource, name).await.parse().unwrap()
    }
}

fn document(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    fs::read_to_string(file).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_deleted_within_the_time_that_the_documents_promise() {
    let broker = Broker::new();
    topics::ensure(&broker.kafka, CONSUMERS, 1).await.unwrap();
    let dead = broker.kafka.dead_topic("campaigns.actions.v1", "messaging");
    let names = TOPICS.iter().map(|topic| broker.kafka.topic(topic.name)).chain([dead]);
    let check = broker.ms(ResourceSpecifier::Broker(1), "log.retention.check.interval.ms").await;
    for name in names {
        let topic = ResourceSpecifier::Topic(&name);
        let retention = broker.ms(topic, "retention.ms").await;
        let segment = broker.ms(topic, "segment.ms").await;
        let delete = broker.ms(topic, "file.delete.delay.ms").await;
        assert!(retention + segment + check + delete <= 7 * 24 * HOUR, "{name}");
        assert_eq!(broker.setting(topic, "cleanup.policy").await, "delete", "{name}");
        let promise = format!(
            "within 7 days of being written: `retention.ms` is {} hours, `segment.ms` {}, the broker checks every {} minutes and deletes {} minute later",
            retention / HOUR,
            segment / HOUR,
            check / MINUTE,
            delete / MINUTE,
        );
        assert!(document("privacy.md").contains(&promise), "docs/privacy.md lacks: {promise}");
        let least = format!("at least {} hours", retention / HOUR);
        assert!(
            document("ARCHITECTURE.md").contains(&least),
            "docs/ARCHITECTURE.md lacks: {least}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_of_an_older_release_gets_our_settings_and_keeps_the_operators() {
    let broker = Broker::new();
    let name = broker.kafka.topic("campaigns.actions.v1");
    let old = NewTopic::new(&name, 4, TopicReplication::Fixed(1))
        .set("retention.ms", "604800000")
        .set("max.message.bytes", "2000000");
    broker.admin.create_topics([&old], &AdminOptions::new()).await.unwrap();

    let report = topics::ensure(&broker.kafka, CONSUMERS, 1).await.unwrap();
    assert_eq!(report.changed, [name.as_str()]);
    // The other topics and the dead-letter topic were missing.
    assert_eq!(report.created.len(), TOPICS.len());
    // The broker applies the change a moment after the controller has accepted it.
    let topic = ResourceSpecifier::Topic(&name);
    eventually("the new retention period", async || {
        (broker.ms(topic, "retention.ms").await == 143 * HOUR).then_some(())
    })
    .await;
    assert_eq!(broker.setting(topic, "message.timestamp.type").await, "LogAppendTime");
    assert_eq!(broker.setting(topic, "max.message.bytes").await, "2000000");
    let again = topics::ensure(&broker.kafka, CONSUMERS, 1).await.unwrap();
    assert!(again.changed.is_empty() && again.created.is_empty(), "{again:?}");
}

/// By such a clock a record would be older than the retention period as soon as it arrives, and be deleted before it is
/// read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_dates_records_whatever_the_producers_clock_says() {
    let broker = Broker::new();
    topics::ensure(&broker.kafka, &[], 1).await.unwrap();
    let topic = broker.kafka.topic("identity.tenants.v1");
    let reader = broker.kafka.consumer("reader").unwrap();
    reader.subscribe(&[&topic]).unwrap();
    let days_behind = 1_000_000_000_000;
    let record = FutureRecord::to(&topic).key("k").payload("x").timestamp(days_behind);
    let producer = broker.kafka.producer().unwrap();
    producer.send(record, Duration::from_secs(10)).await.map_err(|(e, _)| e).unwrap();
    let received = reader.stream().next().await.unwrap().unwrap();
    let rdkafka::Timestamp::LogAppendTime(at) = received.timestamp() else {
        panic!("{:?}", received.timestamp())
    };
    assert!(at > days_behind, "{at}");
}
