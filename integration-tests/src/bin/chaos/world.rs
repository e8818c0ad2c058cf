//! What runs: the parts, the suite's services as processes of their own, and a link in front of each.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::Context as _;
use contracts::services;
use integration_tests::{
    ledger::{Database, lock},
    places,
    suite::{self, Mode, Suite},
};
use rustix::process::Signal;
use tokio::runtime::Handle;
use xtask::{
    stack::{Ports, Stack, proc_tree::Identity, process::Process},
    wait,
};

use crate::{
    proxy::Link,
    report,
    schedule::{ONCE, Part, Profile, TWICE},
};

/// Debug builds on a shared machine start slowly; this is no part of the check.
pub(crate) const PATIENCE: Duration = Duration::from_mins(4);
/// Longer than our clients keep idle connections, as docs/operations.md asks for several replicas.
const DRAIN_SECONDS: &str = "6";
/// A drain, and the time that the last requests get.
const STOP_GRACE: Duration = Duration::from_secs(45);

/// One process of a service.
pub(crate) struct Replica {
    pub(crate) service: &'static str,
    number: usize,
    settings: Vec<(String, String)>,
    admin: String,
    process: Mutex<Option<Process>>,
}

/// Everything that runs. Dropping it ends everything.
pub(crate) struct World {
    pub(crate) suite: Mutex<Suite>,
    pub(crate) links: BTreeMap<&'static str, Link>,
    replicas: Vec<Replica>,
    /// `version:key`, the current one first.
    pub(crate) keks: Mutex<String>,
    /// Processes that ended without being asked to.
    pub(crate) fallen: Mutex<Vec<String>>,
    /// Parts that were killed, except again and again.
    pub(crate) kills: AtomicUsize,
}

impl World {
    /// Starts it all; `receiver` is the port of the webhooks' receiver.
    pub(crate) fn start(runtime: &Handle, receiver: u16, profile: Profile) -> anyhow::Result<Self> {
        let dir = places::folder("chaos")?;
        let binary = places::setting("FOLKMOOT_TEST_BIN")?.into();
        let ports =
            Ports { postgres: places::port()?, redis: places::port()?, kafka: places::port()? };
        let mut links = BTreeMap::new();
        let mut link = |name, targets: Vec<u16>| {
            let port = places::port()?;
            links.insert(name, Link::open(runtime, port, targets));
            anyhow::Ok(port)
        };
        let mut replicas = Vec::new();
        let mut own: Vec<(String, String)> = Vec::new();
        for (service, count) in TWICE.map(|it| (it, 2)).into_iter().chain(ONCE.map(|it| (it, 1))) {
            let mut targets = Vec::new();
            for number in 0..count {
                let (replica, port) = Replica::new(service, number)?;
                replicas.push(replica);
                targets.push(port);
            }
            let url = format!("http://127.0.0.1:{}", link(service, targets)?);
            own.push((format!("FOLKMOOT_{}_URL", service.to_uppercase()), url.clone()));
            if service == "gateway" {
                own.push(("FOLKMOOT_PUBLIC_URL".to_owned(), url));
            }
        }
        let kafka = link("kafka", vec![ports.kafka])?;
        let hook = format!("http://127.0.0.1:{}", link("receiver", vec![receiver])?);
        own.push(("FOLKMOOT_WEBHOOKS_DEV_RECEIVERS".to_owned(), hook));
        own.push(("FOLKMOOT_DRAIN_SECONDS".to_owned(), DRAIN_SECONDS.to_owned()));
        let stack = Stack::start_advertised(&dir, ports, kafka)?;
        let settings: Vec<_> = own.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let suite = Suite::prepare(binary, dir, stack, Mode::ProcessEach, &settings)?;

        // The operators' commands reach the parts directly, the services through links.
        let catcher = suite.setting("FOLKMOOT_MAIL_CATCH").rsplit(':').next().unwrap_or_default();
        let catcher: u16 = catcher.parse().context("the catcher's port")?;
        let (postgres, redis, smtp) = (
            link("postgres", vec![ports.postgres])?,
            link("redis", vec![ports.redis])?,
            places::port()?,
        );
        let relay = match profile {
            Profile::Everything => Link::open(runtime, smtp, vec![catcher]),
            Profile::Signing => Link::open_relay(runtime, smtp, catcher),
        };
        links.insert("smtp", relay);
        let mut linked = vec![
            ("KAFKA_BROKERS".to_owned(), format!("127.0.0.1:{kafka}")),
            ("REDIS_URL".to_owned(), moved(&suite.stack.redis.url(), ports.redis, redis)),
            ("FOLKMOOT_MAIL_CATCH".to_owned(), format!("127.0.0.1:{smtp}")),
        ];
        for service in services::names() {
            let name = format!("FOLKMOOT_{}_DATABASE_URL", service.to_uppercase());
            let url = moved(suite.setting(&name), ports.postgres, postgres);
            linked.push((name, url));
        }
        for replica in &mut replicas {
            replica.settings.extend(linked.iter().cloned());
        }
        let keks = Mutex::new(suite.setting("FOLKMOOT_KEYRING_KEKS").to_owned());
        let (suite, fallen, kills) = (Mutex::new(suite), Mutex::default(), AtomicUsize::new(0));
        let world = Self { suite, links, replicas, keks, fallen, kills };
        for replica in &world.replicas {
            world.start_replica(replica, &[])?;
        }
        world.await_ready()?;
        lock(&world.suite).create_demo()?;
        Ok(world)
    }

    pub(crate) fn replica(&self, service: &str, number: usize) -> anyhow::Result<&Replica> {
        let found = self.replicas.iter().find(|it| it.service == service && it.number == number);
        found.with_context(|| format!("no {service}-{number}"))
    }

    pub(crate) fn replicas_of(&self, service: &str) -> impl Iterator<Item = &Replica> {
        self.replicas.iter().filter(move |it| it.service == service)
    }

    /// Starts a replica, with settings over its own for this once.
    pub(crate) fn start_replica(
        &self,
        replica: &Replica,
        settings: &[(&str, String)],
    ) -> anyhow::Result<()> {
        let name = replica.name();
        let keks = lock(&self.keks).clone();
        let mut all: Vec<_> =
            replica.settings.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
        all.push(("FOLKMOOT_KEYRING_KEKS", keks));
        all.extend(settings.iter().cloned());
        let suite = lock(&self.suite);
        let process = suite.start_replica(&name, replica.service, &all)?;
        let process = process.recorded(&suite.dir.join(format!("{name}.pid")))?;
        *lock(&replica.process) = Some(process.stopped_by(Signal::TERM, STOP_GRACE));
        Ok(())
    }

    /// Kills a part.
    pub(crate) fn kill(&self, part: Part) -> anyhow::Result<()> {
        self.kills.fetch_add(1, Relaxed);
        match part {
            Part::Replica(service, number) => self.replica(service, number)?.kill(),
            Part::Postgres => lock(&self.suite).stack.postgres.kill9(),
            Part::Redis => lock(&self.suite).stack.redis.kill9(),
            Part::Kafka => lock(&self.suite).stack.kafka.kill9(),
            Part::Catcher => lock(&self.suite).kill_catcher(),
        }
    }

    /// Starts a part again.
    pub(crate) fn start_again(&self, part: Part) -> anyhow::Result<()> {
        match part {
            Part::Replica(service, number) => {
                self.start_replica(self.replica(service, number)?, &[])
            }
            Part::Postgres => lock(&self.suite).stack.postgres.restart(),
            Part::Redis => lock(&self.suite).stack.redis.restart(),
            Part::Kafka => lock(&self.suite).stack.kafka.restart(),
            Part::Catcher => lock(&self.suite).start_catcher(),
        }
    }

    /// The process of a part, for signals.
    pub(crate) fn identity(&self, part: Part) -> anyhow::Result<Identity> {
        let pid = match part {
            Part::Replica(service, number) => {
                lock(&self.replica(service, number)?.process).as_ref().map(Process::pid)
            }
            Part::Postgres => Some(lock(&self.suite).stack.postgres.pid()),
            Part::Redis => Some(lock(&self.suite).stack.redis.pid()),
            Part::Kafka => Some(lock(&self.suite).stack.kafka.pid()),
            Part::Catcher => None,
        };
        let pid = i32::try_from(pid.with_context(|| format!("{part} does not run"))?)?;
        Identity::of(pid).with_context(|| format!("{part} has ended"))
    }

    /// Starts every replica that has ended by itself, as a kubelet would.
    pub(crate) fn revive(&self) -> anyhow::Result<()> {
        for replica in &self.replicas {
            let ended = lock(&replica.process).as_mut().and_then(Process::ended);
            if let Some(status) = ended {
                let says = format!("{} ended by itself ({status})", replica.name());
                report::line(&says);
                lock(&self.fallen).push(says);
                self.start_replica(replica, &[])?;
            }
        }
        Ok(())
    }

    /// Waits until every replica is ready.
    pub(crate) fn await_ready(&self) -> anyhow::Result<()> {
        self.replicas.iter().try_for_each(Replica::await_ready)
    }

    /// The admin addresses of all replicas.
    pub(crate) fn admins(&self) -> impl Iterator<Item = &str> {
        self.replicas.iter().map(|it| it.admin.as_str())
    }

    /// What a query returns in a database, a row of text columns each.
    pub(crate) fn rows_in(&self, database: &str, sql: &str) -> anyhow::Result<Vec<Vec<String>>> {
        let text = lock(&self.suite).stack.postgres.sql_in(database, sql)?;
        Ok(text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect())
    }
}

impl Database for World {
    fn rows(&self, sql: &str) -> anyhow::Result<Vec<Vec<String>>> {
        self.rows_in("folkmoot", sql)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for replica in &self.replicas {
            let _ = replica.kill();
        }
    }
}

impl Replica {
    /// Also the port that it serves requests on.
    fn new(service: &'static str, number: usize) -> anyhow::Result<(Self, u16)> {
        let upper = service.to_uppercase();
        let (port, admin) = (places::port()?, format!("127.0.0.1:{}", places::port()?));
        let settings = vec![
            (format!("FOLKMOOT_{upper}_LISTEN"), format!("127.0.0.1:{port}")),
            (format!("FOLKMOOT_{upper}_ADMIN_LISTEN"), admin.clone()),
        ];
        Ok((Self { service, number, settings, admin, process: Mutex::default() }, port))
    }

    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.service, self.number)
    }

    pub(crate) fn kill(&self) -> anyhow::Result<()> {
        lock(&self.process).take().map_or(Ok(()), |mut process| process.kill9())
    }

    /// SIGTERM, and waits for its end.
    pub(crate) fn stop(&self) -> anyhow::Result<()> {
        let stopped = lock(&self.process).take();
        stopped.map_or(Ok(()), |mut process| process.stop())
    }

    pub(crate) fn await_ready(&self) -> anyhow::Result<()> {
        let what = format!("the readiness of {}", self.name());
        wait::until(&what, PATIENCE, || Ok(suite::ready(&self.admin)))
    }
}

/// A URL with another port.
fn moved(url: &str, from: u16, to: u16) -> String {
    url.replace(&format!(":{from}"), &format!(":{to}"))
}

/// The library that gives a process another clock, if Debian's `faketime` is installed.
pub(crate) fn faketime() -> Option<&'static str> {
    let path = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    Path::new(path).exists().then_some(path)
}
