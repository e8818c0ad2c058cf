//! The connection to Kafka: the one place for librdkafka's settings and for full topic names.

use std::time::Duration;

use anyhow::Context as _;
use rdkafka::{
    ClientConfig,
    admin::AdminClient,
    client::DefaultClientContext,
    consumer::{BaseConsumer, StreamConsumer},
    producer::FutureProducer,
};

use crate::{config::Env, secret::Secret};

/// Shorter than the timeout of an optional readiness check, so that no ping outlives its check.
const PING_WAIT: Duration = Duration::from_millis(700);

/// A client that has not closed by then is left to its thread.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// Closes a client by dropping it on its own thread, since librdkafka may block when no broker responds. A consumer
/// commits its stored offsets and leaves its group, so that the next one need not wait until it times out.
pub(crate) async fn close(client: impl Send + 'static) {
    let (closed, wait) = tokio::sync::oneshot::channel();
    drop(std::thread::spawn(move || {
        drop(client);
        let _ = closed.send(());
    }));
    let _ = tokio::time::timeout(CLOSE_WAIT, wait).await;
}

/// Settings of the broker connection, the same for every service.
#[derive(Debug, Clone)]
pub struct Kafka {
    brokers: String,
    prefix: String,
    compression: String,
    security: Vec<(&'static str, Secret)>,
}

impl Kafka {
    /// Reads `KAFKA_BROKERS`, `FOLKMOOT_TOPIC_PREFIX`, `FOLKMOOT_KAFKA_COMPRESSION` and, for TLS and SASL,
    /// `FOLKMOOT_KAFKA_SECURITY_PROTOCOL`, `_SASL_MECHANISM`, `_SASL_USERNAME`, `_SASL_PASSWORD`, `_CA_LOCATION`.
    pub fn from_env(env: &mut Env) -> Self {
        let mut security = Vec::new();
        for (setting, name) in [
            ("security.protocol", "FOLKMOOT_KAFKA_SECURITY_PROTOCOL"),
            ("sasl.mechanism", "FOLKMOOT_KAFKA_SASL_MECHANISM"),
            ("sasl.username", "FOLKMOOT_KAFKA_SASL_USERNAME"),
            ("sasl.password", "FOLKMOOT_KAFKA_SASL_PASSWORD"),
            ("ssl.ca.location", "FOLKMOOT_KAFKA_CA_LOCATION"),
        ] {
            security.extend(env.optional_secret(name).map(|value| (setting, value)));
        }
        Self {
            brokers: env.required("KAFKA_BROKERS"),
            prefix: env.text("FOLKMOOT_TOPIC_PREFIX", "folkmoot"),
            compression: env.text("FOLKMOOT_KAFKA_COMPRESSION", "lz4"),
            security,
        }
    }

    /// The full name of a topic, e.g. `folkmoot.campaigns.actions.v1`.
    pub fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// The full name of a consumer's dead-letter topic, e.g. `folkmoot.campaigns.actions.v1.messaging.dead`.
    pub fn dead_topic(&self, name: &str, consumer: &str) -> String {
        format!("{}.{name}.{consumer}.dead", self.prefix)
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "folkmoot");
        for (setting, value) in &self.security {
            config.set(*setting, value.expose());
        }
        config
    }

    /// An idempotent producer. The partitioner is that of Kafka's Java client and must not change: another one would put
    /// a key into another partition, where its events could overtake those in the old one.
    pub fn producer(&self) -> anyhow::Result<FutureProducer> {
        self.config()
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("linger.ms", "2")
            .set("compression.type", &self.compression)
            .set("message.timeout.ms", "8000")
            .create()
            .context("failed to create a producer")
    }

    /// A consumer in the group of a service. Offsets must be stored explicitly, after the commit.
    pub fn consumer(&self, service: &str) -> anyhow::Result<StreamConsumer> {
        self.config()
            .set("group.id", format!("{}.{service}", self.prefix))
            .set("enable.auto.offset.store", "false")
            .set("auto.commit.interval.ms", "1000")
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", "10000")
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("fetch.wait.max.ms", "100")
            .set("queued.max.messages.kbytes", "4096")
            .create()
            .context("failed to create a consumer")
    }

    /// A client that reads the offsets of a service's group, and single records. It does not join the group.
    pub(crate) fn observer(&self, service: &str) -> anyhow::Result<BaseConsumer> {
        self.config()
            .set("group.id", format!("{}.{service}", self.prefix))
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("fetch.wait.max.ms", "100")
            .set("queued.min.messages", "1")
            .set("max.partition.fetch.bytes", "16384")
            .create()
            .context("failed to create a consumer")
    }

    /// Fails unless a broker responds.
    pub async fn ping(&self) -> anyhow::Result<()> {
        let admin = self.admin()?;
        let fetch = move || admin.inner().fetch_metadata(None, PING_WAIT).map(drop);
        tokio::task::spawn_blocking(fetch).await?.context("no broker answered")
    }

    pub(crate) fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        self.config().create().context("failed to create an admin client")
    }
}
