//! The real parts that Folkmoot runs on, private to one folder: PostgreSQL, Redis and Apache Kafka. Each part is
//! started on a port of our choice, waited for by connecting, killed and restarted at will (the tests of outages do), and
//! stopped when dropped. The machine's own instances are never touched.

pub mod host;
pub mod jars;
pub mod kafka;
pub mod packages;
pub mod port;
pub mod postgres;
mod postgres_home;
pub mod proc_tree;
pub mod process;
mod progress;
pub mod redis;

pub use kafka::Kafka;
pub use postgres::Postgres;
pub use redis::Redis;

use std::path::Path;
use std::thread;

use anyhow::{Context as _, anyhow};

/// The ports of the three parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// PostgreSQL's.
    pub postgres: u16,
    /// Redis'.
    pub redis: u16,
    /// Kafka's.
    pub kafka: u16,
}

impl Ports {
    /// Three ports that are free now.
    pub fn free() -> anyhow::Result<Self> {
        Ok(Self { postgres: port::free()?, redis: port::free()?, kafka: port::free()? })
    }
}

/// All three parts, running.
pub struct Stack {
    /// The database.
    pub postgres: Postgres,
    /// The limiter's store.
    pub redis: Redis,
    /// The broker.
    pub kafka: Kafka,
}

impl Stack {
    /// Starts the three side by side in folders under `dir`, each in its own; those that run there already are kept.
    pub fn start(dir: &Path, ports: Ports) -> anyhow::Result<Self> {
        Self::start_advertised(dir, ports, ports.kafka)
    }

    /// The same with a proxy in front of Kafka, whose port Kafka gives to its clients.
    pub fn start_advertised(dir: &Path, ports: Ports, advertised: u16) -> anyhow::Result<Self> {
        let (postgres, redis, kafka) = thread::scope(|scope| {
            let postgres = scope.spawn(|| Postgres::start(&dir.join("postgres"), ports.postgres));
            let redis = scope.spawn(|| Redis::start(&dir.join("redis"), ports.redis));
            let kafka = scope
                .spawn(|| Kafka::start_advertised(&dir.join("kafka"), ports.kafka, advertised));
            (postgres.join(), redis.join(), kafka.join())
        });
        Ok(Self {
            postgres: started("PostgreSQL", postgres)?,
            redis: started("Redis", redis)?,
            kafka: started("Kafka", kafka)?,
        })
    }

    /// Stops all three gently, in parallel.
    pub fn stop(mut self) -> anyhow::Result<()> {
        thread::scope(|scope| {
            scope.spawn(|| self.kafka.stop());
            scope.spawn(|| self.redis.stop());
            self.postgres.stop()
        })
    }
}

fn started<T>(name: &str, result: thread::Result<anyhow::Result<T>>) -> anyhow::Result<T> {
    result
        .map_err(|_panic| anyhow!("the thread that started {name} panicked"))?
        .with_context(|| format!("failed to start {name}"))
}
