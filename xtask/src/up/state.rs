//! What `.run/` remembers between two starts: its layout, the ports, and who holds it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::settings;
use crate::stack::Ports;

const BASE_VARIABLE: &str = "FOLKMOOT_UP_PORTS_BASE";

/// The folder `.run/`.
#[derive(Clone, Debug)]
pub struct RunDir(pub PathBuf);

impl RunDir {
    /// A file or folder in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The log of a process.
    pub fn log(&self, name: &str) -> PathBuf {
        self.at("log").join(format!("{name}.log"))
    }

    /// The record of a process of the suite, or of a part.
    pub fn record(&self, name: &str) -> PathBuf {
        if PARTS.contains(&name) {
            self.at(name).join(format!("{name}.pid"))
        } else {
            self.at(&format!("{name}.pid"))
        }
    }
}

/// The parts, as their folders are called.
pub const PARTS: [&str; 3] = ["postgres", "redis", "kafka"];

/// The ports that one run uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpPorts {
    /// Of the parts.
    pub parts: Ports,
    /// Of the mail catcher.
    pub mail: u16,
}

impl UpPorts {
    /// From the environment if it asks, else as remembered, else the default ones; and remembers them.
    pub fn settle(run: &RunDir) -> anyhow::Result<Self> {
        let ports = match settings::var(BASE_VARIABLE) {
            Some(base) => Self::from_base(&base)?,
            None => Self::remembered(run).unwrap_or(Self::DEFAULT),
        };
        fs::create_dir_all(&run.0)
            .with_context(|| format!("failed to create {}", run.0.display()))?;
        let state = json!({
            "postgres_port": ports.parts.postgres,
            "redis_port": ports.parts.redis,
            "kafka_port": ports.parts.kafka,
            "mail_port": ports.mail,
        });
        fs::write(run.at("state.json"), format!("{state:#}\n"))
            .context("failed to write state.json")?;
        Ok(ports)
    }

    /// As the last start had them.
    pub fn remembered(run: &RunDir) -> Option<Self> {
        let state: Value = serde_json::from_slice(&fs::read(run.at("state.json")).ok()?).ok()?;
        let port = |name| state.get(name)?.as_u64().and_then(|port| u16::try_from(port).ok());
        let (postgres, redis) = (port("postgres_port")?, port("redis_port")?);
        let parts = Ports { postgres, redis, kafka: port("kafka_port")? };
        Some(Self { parts, mail: port("mail_port")? })
    }

    const DEFAULT: Self =
        Self { parts: Ports { postgres: 15432, redis: 16379, kafka: 19092 }, mail: 2525 };

    fn from_base(base: &str) -> anyhow::Result<Self> {
        let base: u16 = base
            .parse()
            .ok()
            .filter(|base| (1024..=65000).contains(base))
            .with_context(|| format!("{BASE_VARIABLE} must be a number from 1024 to 65000"))?;
        let parts = Ports { postgres: base, redis: base + 1, kafka: base + 2 };
        Ok(Self { parts, mail: base + 3 })
    }
}

/// The sentence for a port that somebody else has.
pub fn port_taken(port: u16, user: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "port {port}, which {user} needs, is taken by another program; stop that program, or choose other ports \
         by {BASE_VARIABLE}=<first of four free ports>"
    )
}

/// Held by the one `up` of this clone.
pub struct Lock(File);

impl Lock {
    /// Takes the lock, or returns who has it.
    pub fn take(run: &RunDir) -> anyhow::Result<Self> {
        match Self::try_take(run)? {
            Some(mut lock) => {
                lock.0.set_len(0).context("failed to empty the lock file")?;
                writeln!(lock.0, "{}", std::process::id())
                    .context("failed to write the lock file")?;
                Ok(lock)
            }
            None => bail!(
                "another cargo xtask (process {}) is at work in this clone; `cargo xtask down` ends it",
                holder(run).map_or_else(|| "unknown".to_owned(), |pid| pid.to_string())
            ),
        }
    }

    /// Takes the lock if it is free.
    pub fn try_take(run: &RunDir) -> anyhow::Result<Option<Self>> {
        fs::create_dir_all(&run.0)
            .with_context(|| format!("failed to create {}", run.0.display()))?;
        let file = open(&run.at("lock"))?;
        Ok(file.try_lock().is_ok().then_some(Self(file)))
    }
}

/// Who took the lock last.
pub fn holder(run: &RunDir) -> Option<i32> {
    fs::read_to_string(run.at("lock")).ok()?.trim().parse().ok()
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("failed to open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir(dir.path().to_owned());
        let ports = UpPorts::settle(&run).unwrap();
        assert_eq!(UpPorts::remembered(&run), Some(ports));
        assert!(UpPorts::from_base("80").is_err());
    }

    #[test]
    fn the_lock_is_held_by_one() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir(dir.path().to_owned());
        let lock = Lock::take(&run).unwrap();
        assert!(Lock::try_take(&run).unwrap().is_none());
        drop(lock);
        assert!(Lock::try_take(&run).unwrap().is_some());
    }
}
