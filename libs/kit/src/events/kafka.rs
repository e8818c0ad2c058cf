//! How Kafka is reached: one place for librdkafka's settings and for topic names.

use std::time::Duration;

use anyhow::Context as _;
use rdkafka::{
    ClientConfig, admin::AdminClient, client::DefaultClientContext, consumer::StreamConsumer,
    producer::FutureProducer,
};

use crate::{config::Env, secret::Secret};

/// Less than an optional readiness check waits, so that none is left behind when the process stops.
const PING_WAIT: Duration = Duration::from_millis(700);

/// A client that has not taken its leave by then is left behind.
const LEAVE_WAIT: Duration = Duration::from_secs(2);

/// Lets a client go. Librdkafka may block while it takes its leave, above all when no broker answers, so that it does so on
/// a thread of its own. A consumer tells its stored offsets and leaves its group: the next one need not wait for its end.
pub(crate) async fn let_go(client: impl Send + 'static) {
    let (gone, left) = tokio::sync::oneshot::channel();
    drop(std::thread::spawn(move || {
        drop(client);
        let _ = gone.send(());
    }));
    let _ = tokio::time::timeout(LEAVE_WAIT, left).await;
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
    /// Reads `KAFKA_BROKERS`, `FOLKMOOT_TOPIC_PREFIX`, `FOLKMOOT_KAFKA_COMPRESSION` and, for TLS and SASL, `FOLKMOOT_KAFKA_SECURITY_PROTOCOL`,
    /// `_SASL_MECHANISM`, `_SASL_USERNAME`, `_SASL_PASSWORD`, `_CA_LOCATION`.
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

    /// The full name of a topic.
    pub fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// The dead-letter topic of one consumer.
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

    /// An idempotent producer. The partitioner is that of Kafka's Java client, and must stay: another one would send a
    /// key to another partition, where its events could overtake each other.
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

    /// A consumer of one service's group. Offsets are stored by hand, after the commit.
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

    /// Whether a broker answers.
    pub async fn ping(&self) -> anyhow::Result<()> {
        let admin = self.admin()?;
        let fetch = move || admin.inner().fetch_metadata(None, PING_WAIT).map(drop);
        tokio::task::spawn_blocking(fetch).await?.context("no broker answered")
    }

    pub(crate) fn admin(&self) -> anyhow::Result<AdminClient<DefaultClientContext>> {
        self.config().create().context("failed to create an admin client")
    }
}
