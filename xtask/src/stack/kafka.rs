//! A private Apache Kafka on loopback: one node, broker and controller at once (`KRaft`).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::process::{self, Process};
use super::{host, jars, port};
use crate::{settings, wait};

const READY: Duration = Duration::from_secs(90);
const ANSWER: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(15);
/// A broker for one machine: 384 MB of heap keep it under 512 MB in all; the first compiler alone starts twice as fast.
const JAVA: [&str; 8] = [
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
];
/// `ApiVersions`, version 0, correlation 1, no client name: the one request that every broker answers.
const API_VERSIONS: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff];

/// A running Kafka.
pub struct Kafka {
    dir: PathBuf,
    jars: PathBuf,
    address: SocketAddrV4,
    advertised: u16,
    process: Process,
}

impl Kafka {
    /// Starts it in `dir` (formatting it the first time), or takes the one that runs there already.
    pub fn start(dir: &Path, port: u16) -> anyhow::Result<Self> {
        Self::launch(dir, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), port)
    }

    /// The same on an address that is not loopback, for clients on a private network of the machine.
    pub fn start_at(dir: &Path, address: SocketAddrV4) -> anyhow::Result<Self> {
        Self::launch(dir, address, address.port())
    }

    /// The same behind a proxy, whose port it gives to its clients.
    pub fn start_advertised(dir: &Path, port: u16, advertised: u16) -> anyhow::Result<Self> {
        Self::launch(dir, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), advertised)
    }

    fn launch(dir: &Path, address: SocketAddrV4, advertised: u16) -> anyhow::Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
        let dir = std::path::absolute(dir).context("failed to resolve Kafka's folder")?;
        let jars = jars::ensure()?;
        let running = Process::adopt("kafka", &dir.join("kafka.pid"));
        let process = running.map_or_else(|| spawn(&dir, &jars, address, advertised, ""), Ok)?;
        let mut kafka = Self { dir, jars, address, advertised, process };
        kafka.await_ready()?;
        Ok(kafka)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What clients take as `KAFKA_BROKERS`.
    pub fn url(&self) -> String {
        self.address.to_string()
    }

    /// The folder of its segments, for tests that search them.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Ends it with SIGKILL.
    pub fn kill9(&mut self) -> anyhow::Result<()> {
        self.process.kill9()
    }

    /// Starts it again on the same data and port, after a clean stop if it still runs.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.stop()?;
        self.process = spawn(&self.dir, &self.jars, self.address, self.advertised, "")?;
        self.await_ready()
    }

    /// The same with one more line of configuration, until the next start.
    pub fn restart_with(&mut self, setting: &str) -> anyhow::Result<()> {
        self.stop()?;
        self.process = spawn(&self.dir, &self.jars, self.address, self.advertised, setting)?;
        self.await_ready()
    }

    /// Stops it gently.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        self.process.stop()
    }

    /// Lets it run on after us.
    pub fn detach(&mut self) {
        self.process.detach();
    }

    fn await_ready(&mut self) -> anyhow::Result<()> {
        let log = self.dir.join("kafka.log");
        wait::until("Kafka's first answer", READY, || {
            if !self.process.alive() {
                bail!("Kafka ended; the end of {}:\n{}", log.display(), process::tail(&log));
            }
            Ok(is_broker(self.address))
        })
    }
}

/// True when a broker answers there. A broker that still recovers accepts connections but does not answer.
pub fn answers(port: u16) -> bool {
    is_broker(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

fn is_broker(address: SocketAddrV4) -> bool {
    ask(address).is_ok_and(|reply| reply == [0, 0, 0, 1, 0, 0])
}

/// Correlation id and error code of the answer to `ApiVersions`.
fn ask(address: SocketAddrV4) -> std::io::Result<[u8; 6]> {
    let mut stream = TcpStream::connect_timeout(&address.into(), ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(&API_VERSIONS)?;
    let (mut length, mut head) = ([0; 4], [0; 6]);
    stream.read_exact(&mut length)?;
    stream.read_exact(&mut head)?;
    Ok(head)
}

fn spawn(
    dir: &Path,
    jars: &Path,
    address: SocketAddrV4,
    advertised: u16,
    setting: &str,
) -> anyhow::Result<Process> {
    let file = dir.join("server.properties");
    fs::write(&file, properties(dir, address, advertised, port::free()?) + setting)
        .with_context(|| format!("failed to write {}", file.display()))?;
    if !dir.join("data/meta.properties").exists() {
        format(dir, jars, &file)?;
    }
    let mut command = java(jars);
    command.arg("kafka.Kafka").arg(&file);
    let process = Process::spawn("kafka", &mut command, &dir.join("kafka.log"))?;
    Ok(process.recorded(&dir.join("kafka.pid"))?.stopped_by(rustix::process::Signal::TERM, GRACE))
}

fn format(dir: &Path, jars: &Path, file: &Path) -> anyhow::Result<()> {
    // Twenty-two characters of base64 are sixteen bytes; hexadecimal digits are valid ones, and an `A` closes the last byte.
    let id = host::random_hex(11)?.chars().take(21).chain(['A']).collect::<String>();
    let mut command = java(jars);
    command.args(["kafka.tools.StorageTool", "format", "--cluster-id", &id, "--config"]).arg(file);
    process::run("kafka's format", &mut command, &dir.join("format.log"))
}

fn java(jars: &Path) -> Command {
    let program = settings::var("JAVA_HOME")
        .map(|home| Path::new(&home).join("bin/java"))
        .filter(|java| java.exists())
        .unwrap_or_else(|| PathBuf::from("java"));
    let mut command = Command::new(program);
    command.args(JAVA).arg("-cp").arg(format!("{}/*", jars.display()));
    command
}

/// The short session lets a killed broker register again after two seconds instead of nine.
fn properties(dir: &Path, address: SocketAddrV4, advertised: u16, controller: u16) -> String {
    let host = address.ip();
    // Java's properties take a backslash as an escape.
    let data = dir.join("data").display().to_string().replace('\\', "\\\\");
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://{address},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://{host}:{advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
log.retention.check.interval.ms=300000
auto.create.topics.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"
    )
}
