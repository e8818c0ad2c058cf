//! The suite over two PostgreSQL clusters, on ports of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Signal;

use super::cluster::Cluster;
use crate::stack::proc_tree::Identity;
use crate::stack::process::{self, Process};
use crate::stack::{Kafka, Redis};
use crate::up::commands::{self, DATABASES, SERVICES};
use crate::up::environment::{self, Addresses};
use crate::up::state::RunDir;
use crate::up::suite::{self, Suite};
use crate::wait;

const READY: Duration = Duration::from_mins(2);
/// Below the ports of outgoing connections, so that a server finds its port free when it starts again.
const FIRST_PORT: u16 = 20_000;

/// Ports that are free now, each given once.
pub(super) struct Ports(u16);

impl Ports {
    pub(super) fn new() -> Self {
        let spread = u16::try_from(std::process::id() % 100).unwrap_or_default();
        Self(FIRST_PORT + spread * 100)
    }

    pub(super) fn next(&mut self) -> u16 {
        loop {
            self.0 += 1;
            if TcpListener::bind((Ipv4Addr::LOCALHOST, self.0)).is_ok() {
                return self.0;
            }
        }
    }
}

/// The suite, and what it runs on besides its databases.
pub(super) struct Folkmoot {
    pub(super) commands: Suite,
    admin: u16,
    process: Option<Process>,
    _held: (Process, Redis),
    pub(super) kafka: Kafka,
}

impl Folkmoot {
    /// Makes keys, schemas and topics, and starts everything.
    pub(super) fn start(
        dir: &Path,
        binary: PathBuf,
        postcodes: &Path,
        [services, keyring]: [&Cluster; 2],
        ports: &mut Ports,
    ) -> anyhow::Result<Self> {
        let redis = Redis::start(&dir.join("redis"), ports.next())?;
        let kafka = Kafka::start(&dir.join("kafka"), ports.next())?;
        let run = RunDir(dir.to_owned());
        let mail = ports.next();
        let addresses = Addresses {
            database: services.postgres()?.url(),
            kafka: kafka.url(),
            redis: redis.url(),
            mail,
        };
        let environment = environment::of(&run, &addresses)?;
        let mut commands = Suite { binary, environment, run };
        let admin = settings(&mut commands, postcodes, [services, keyring], ports)?;
        prepare(&mut commands, &keyring.postgres()?.url())?;
        let catcher = commands.catch_mail(mail)?;
        let mut folkmoot = Self { commands, admin, process: None, _held: (catcher, redis), kafka };
        folkmoot.start_services()?;
        Ok(folkmoot)
    }

    /// Starts `folkmoot all` and waits until it is ready.
    pub(super) fn start_services(&mut self) -> anyhow::Result<()> {
        let log = self.commands.run.log("folkmoot");
        let mut command = self.commands.command(commands::all());
        let process = Process::spawn("folkmoot", &mut command, &log)?;
        let process = self.process.insert(process.recorded(&self.commands.run.record("folkmoot"))?);
        wait::until("the services' readiness", READY, || {
            self.commands.refuse_dead("folkmoot", process)?;
            Ok(suite::ready(self.admin))
        })
    }

    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.process.take().map_or(Ok(()), |mut process| process.kill9())
    }

    /// Stops the services in their tracks, or lets them go on.
    pub(super) fn suspend(&self, is_suspended: bool) -> anyhow::Result<()> {
        let process = self.process.as_ref().context("folkmoot does not run")?;
        suspend(process.pid(), is_suspended)
    }

    /// The same with the broker.
    pub(super) fn suspend_kafka(&self, is_suspended: bool) -> anyhow::Result<()> {
        suspend(self.kafka.pid(), is_suspended)
    }

    /// A key-encryption key, as the settings have it.
    pub(super) fn kek(&self) -> anyhow::Result<&str> {
        let keks = self.commands.environment.get("FOLKMOOT_KEYRING_KEKS");
        keks.and_then(|keks| Some(keks.split_once(':')?.1)).context("no key-encryption key")
    }
}

fn suspend(pid: u32, is_suspended: bool) -> anyhow::Result<()> {
    let process = Identity::of(i32::try_from(pid)?).context("a process has ended")?;
    process.signal(if is_suspended { Signal::STOP } else { Signal::CONT });
    Ok(())
}

/// Ports and addresses; returns the admin port.
fn settings(
    suite: &mut Suite,
    postcodes: &Path,
    [services, keyring]: [&Cluster; 2],
    ports: &mut Ports,
) -> anyhow::Result<u16> {
    let all = &mut suite.environment;
    let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
    for service in SERVICES {
        let (prefix, port) = (format!("FOLKMOOT_{}", service.to_uppercase()), ports.next());
        set(&format!("{prefix}_LISTEN"), format!("127.0.0.1:{port}"));
        set(&format!("{prefix}_URL"), format!("http://127.0.0.1:{port}"));
        if service == "gateway" {
            set("FOLKMOOT_PUBLIC_URL", format!("http://127.0.0.1:{port}"));
        }
    }
    set("FOLKMOOT_CONFIRM_PAUSE_MS", "0".to_owned());
    let admin = ports.next();
    set("FOLKMOOT_ADMIN_LISTEN", format!("127.0.0.1:{admin}"));
    set("FOLKMOOT_POSTCODES_FILE", postcodes.display().to_string());
    let [ours, theirs] =
        [services, keyring].map(|it| it.postgres().map(|it| format!(":{}/", it.port())));
    let url = all.get_mut("FOLKMOOT_KEYRING_DATABASE_URL").context("no keyring")?;
    *url = url.replace(&ours?, &theirs?);
    Ok(admin)
}

fn prepare(suite: &mut Suite, keyring: &str) -> anyhow::Result<()> {
    suite.run("keys", commands::generate_keys(&suite.run.at("secrets")))?;
    environment::add_keys(&suite.run, &mut suite.environment)?;
    let with_schema = DATABASES.iter().map(|(service, _)| (*service).to_owned());
    let (keyrings, others): (Vec<String>, Vec<String>) =
        with_schema.partition(|service| service == "keyring");
    let migrate = |services: Vec<String>| [commands::migrate(), services].concat();
    suite.run("migrate", migrate(others))?;
    let mut command = suite.command(migrate(keyrings));
    command.env("DATABASE_URL", keyring);
    process::run("migrate", &mut command, &suite.run.log("migrate"))?;
    suite.run("topics", commands::topics())
}
