//! The parts of one run: those that the environment names are used as they are, the others are private and ours.

use super::environment::Addresses;
use super::state::{RunDir, UpPorts, port_taken};
use crate::stack::process::Process;
use crate::stack::{Kafka, Postgres, Redis, jars, port};
use crate::{say, settings};

/// Dropped in this order: the broker first, the database last.
#[derive(Default)]
pub struct Parts {
    kafka: Option<Kafka>,
    redis: Option<Redis>,
    postgres: Option<Postgres>,
}

impl Parts {
    /// Starts what the environment does not name, and returns where everything is.
    pub fn start(run: &RunDir, ports: UpPorts) -> anyhow::Result<(Self, Addresses)> {
        let mut own = Self::default();
        let database = match settings::var("DATABASE_URL") {
            Some(url) => url,
            None => own.start_postgres(run, ports)?,
        };
        let redis = match settings::var("REDIS_URL") {
            Some(url) => url,
            None => own.start_redis(run, ports)?,
        };
        let kafka = match settings::var("KAFKA_BROKERS") {
            Some(brokers) => brokers,
            None => own.start_kafka(run, ports)?,
        };
        Ok((own, Addresses { database, kafka, redis, mail: ports.mail }))
    }

    /// Lets all of them run on after us.
    pub fn detach(&mut self) {
        self.kafka.iter_mut().for_each(Kafka::detach);
        self.redis.iter_mut().for_each(Redis::detach);
        self.postgres.iter_mut().for_each(Postgres::detach);
    }

    fn start_postgres(&mut self, run: &RunDir, ports: UpPorts) -> anyhow::Result<String> {
        let port = ports.parts.postgres;
        ours_or_free(run, "postgres", port, "the private PostgreSQL")?;
        let started =
            say::step("start PostgreSQL", |_| Postgres::start(&run.at("postgres"), port))?;
        Ok(self.postgres.insert(started).url())
    }

    fn start_redis(&mut self, run: &RunDir, ports: UpPorts) -> anyhow::Result<String> {
        let port = ports.parts.redis;
        ours_or_free(run, "redis", port, "the private Redis")?;
        let started = say::step("start Redis", |_| Redis::start(&run.at("redis"), port))?;
        Ok(self.redis.insert(started).url())
    }

    fn start_kafka(&mut self, run: &RunDir, ports: UpPorts) -> anyhow::Result<String> {
        let port = ports.parts.kafka;
        ours_or_free(run, "kafka", port, "the private Kafka")?;
        say::step("check Apache Kafka's jars", |_| jars::ensure().map(drop))?;
        let started = say::step("start Kafka", |_| Kafka::start(&run.at("kafka"), port))?;
        Ok(self.kafka.insert(started).url())
    }
}

/// A part we started that still runs keeps its port; otherwise the port must be free.
fn ours_or_free(run: &RunDir, name: &str, port: u16, user: &str) -> anyhow::Result<()> {
    let ours =
        Process::adopt(name, &run.record(name)).map(|mut process| process.detach()).is_some();
    if !ours && port::taken(port) { Err(port_taken(port, user)) } else { Ok(()) }
}
